/** Tests run the TypeScript sources the way Node runs them: types are erased, nothing is compiled. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/delivery/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/erase-types.js' },
  globalSetup: '<rootDir>/test/support/engines.js',
  globalTeardown: '<rootDir>/test/support/engines-stop.js',
  // As many as there are cores: most tests wait for an engine half of their time.
  maxWorkers: '100%',
  testTimeout: 20_000,
  // Only with --coverage: V8 counts what ran, so the sources run as they do without it.
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcovonly'],
};
