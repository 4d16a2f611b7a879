/** Every fault of every list that reconciliation reads. */
import { reconciliationFaults } from './faults/reconciliation.ts';
import { playFaults } from './faults/runner.ts';

playFaults(reconciliationFaults);
