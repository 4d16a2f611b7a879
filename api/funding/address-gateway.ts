/** The address book as the API reaches it: a workflow for each new address, the database for what exists. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Database } from '../../db/client.ts';
import { addressRemoved } from '../../db/funding/address-steps.ts';
import { findSettingValue } from '../../db/platform/setting-value.ts';
import { addressPolicy } from '../../domain/funding/address-policy.ts';
import { startAddress, wakeAddress } from '../../temporal/start-address.ts';
import { describeCause } from '../middleware/error-handler.ts';
import type { AddressPort } from './address-port.ts';

export interface AddressGatewayDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly log: Logger;
}

/** The port that server.ts hands to the routes. */
export function createAddressGateway({
  database,
  temporal,
  taskQueue,
  log,
}: AddressGatewayDeps): AddressPort {
  return {
    add: async ({ userId, operationId, chain, label, checked }) => {
      const policy = addressPolicy(await findSettingValue(database, 'address_policy'));
      const answer = await startAddress(temporal, taskQueue, {
        id: operationId,
        request: {
          user_id: userId,
          chain,
          address: checked.address,
          address_key: checked.key,
          note: checked.note,
          label,
          cool_down_seconds: policy.coolDownSeconds,
          most_addresses: policy.mostAddresses,
        },
      });
      return 'refused' in answer ? answer.refused : undefined;
    },

    remove: async (userId, addressId) => {
      const facts = await addressRemoved(database, userId, addressId);
      if (!facts) return false;
      // The row counts; a workflow that is not told now finds out when the address would have become usable.
      await wakeAddress(temporal, addressId).catch((error: unknown) =>
        log.warn({ cause: describeCause(error) }, 'a removed address could not be told'),
      );
      return true;
    },
  };
}
