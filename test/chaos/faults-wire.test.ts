/** Every fault of every call that a wire of the treasury makes, and of everything that it is told. */
import { playFaults } from './faults/runner.ts';
import { wireFaults } from './faults/wire.ts';

playFaults(wireFaults);
