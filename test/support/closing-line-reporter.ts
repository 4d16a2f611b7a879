/**
 * Jest's last word: the count of tests on a line of its own, for people and scripts that read the end only.
 */

/** The part of Jest's results that the line needs. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/**
 * A Jest reporter (which has to be a default export) that prints `N passed, N failed` after Jest's summary.
 */
export default class ClosingLineReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    // A file that could not be run has no tests to count: it is one failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const line = `${results.numPassedTests} passed, ${failed} failed\n`;
    // Jest always prints its own summary after the reporters that are named in its configuration.
    process.once('exit', () => process.stdout.write(line));
  }
}
