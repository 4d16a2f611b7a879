/** Every fault of the question that the address book has for Circle. */
import { addressFaults } from './faults/address.ts';
import { playFaults } from './faults/runner.ts';

playFaults(addressFaults);
