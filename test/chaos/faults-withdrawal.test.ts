/** Every fault of every call that a withdrawal makes, and of everything that it is told. */
import { playFaults } from './faults/runner.ts';
import { withdrawalFaults } from './faults/withdrawal.ts';

playFaults(withdrawalFaults);
