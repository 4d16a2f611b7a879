/** Jest runs the TypeScript sources as ES modules; @swc/jest only strips the types. */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.ts'],
  // For a machine that others use too; what a test waits for has limits of its own, with words.
  testTimeout: 180_000,
  workerThreads: false,
  // Most tests wait for other programs: two beside each other keep two cores busy.
  maxWorkers: 2,
};
