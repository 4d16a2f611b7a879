/** Every fault of every call that a deposit makes, and of everything that it is told. */
import { depositFaults } from './faults/deposit.ts';
import { playFaults } from './faults/runner.ts';

playFaults(depositFaults);
