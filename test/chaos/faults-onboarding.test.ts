/** Every fault of every call that an onboarding makes, and of everything that it is told. */
import { onboardingFaults } from './faults/onboarding.ts';
import { playFaults } from './faults/runner.ts';

playFaults(onboardingFaults);
