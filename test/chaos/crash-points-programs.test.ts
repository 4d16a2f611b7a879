/**
 * Every step of every lifecycle, every activity and every commit, as a point where one of our programs dies: worker and
 * API are killed with -9 while somebody stands before each and after each of them. See docs/chaos.md.
 */
import { playCrashPoints } from './crash/play.ts';

playCrashPoints(['worker', 'api']);
