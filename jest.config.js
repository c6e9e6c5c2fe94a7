/** Full ESM: TypeScript through swc, `.js` specifiers resolved to the `.ts` beside them. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  testSequencer: '<rootDir>/test/support/longest-first.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/var'],
  testTimeout: 60_000,
  // Half of the suites mostly wait for servers; see the sequencer.
  maxWorkers: 3,
  // The modules of a suite are never given back: without an end a worker comes to four gigabytes, mostly collecting garbage.
  workerIdleMemoryLimit: '1GB',
  // The engine's native client leaves a thread behind that would keep the run from ending; servers are stopped before.
  forceExit: true,
};
