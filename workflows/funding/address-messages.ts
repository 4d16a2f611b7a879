/** What can be said to an entry of the address book, and what it answers. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AddressFacts, Refusal } from '../../domain/funding/address-facts.ts';
import { DECIDE_REVIEW, type ReviewDecision } from '../../domain/platform/review.ts';

export interface AddressInput {
  readonly address_id: string;
}

export interface AddressResult {
  readonly status: string;
}

/** An address whose form is right. */
export interface AddAddress {
  readonly user_id: string;
  readonly chain: string;
  readonly address: string;
  readonly address_key: string;
  readonly note: string | null;
  readonly label: string;
  readonly cool_down_seconds: number;
  readonly most_addresses: number;
}

/** Where the address stands after the request, or why it was not taken. */
export type AddAnswer = AddressFacts | { readonly refused: Refusal };

/** An update, because the customer must know whether the address was taken. */
export const addAddress = defineUpdate<AddAnswer, [AddAddress]>('addAddress');

/** A signal, because whoever changed the row has done so already: look at it. */
export const addressChanged = defineSignal('addressChanged');

/** An update, because the person who decides must know that it was taken. */
export const decideAddressReview = defineUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW);
