/** Who sends and who receives, as the travel rule wants it kept from a certain amount on (31 CFR 1010.410(f)). */

/** Whether the address belongs to the customer, and who holds its key. */
export const BENEFICIARY_KINDS = ['self', 'other'] as const;
export const WALLET_KINDS = ['self_hosted', 'service'] as const;

export interface Beneficiary {
  readonly kind: (typeof BENEFICIARY_KINDS)[number];
  readonly name: string;
  readonly wallet: (typeof WALLET_KINDS)[number];
  /** The exchange or custodian, where one holds the key. */
  readonly service_name?: string | undefined;
}

/** Kept sealed with the customer's key; never in a history, a log or an answer to anybody else. */
export interface TravelRule {
  readonly originator: {
    readonly name: string | null;
    /** Street, city, state, postal code, country. */
    readonly postal_address: readonly string[];
    readonly account_id: string | null;
  };
  readonly beneficiary: Beneficiary;
  readonly address: string;
  readonly amount_usd: string;
}

/** The context that the data of a withdrawal is sealed in. */
export const travelRuleContext = (withdrawalId: string): string => `travel rule of ${withdrawalId}`;
