import base from './jest.config.js';

/** The tests of what brings the service to its users. They build the image's tree first, so they run by themselves. */
export default {
  ...base,
  roots: ['<rootDir>/test/delivery'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/delivery/set-up.js',
  globalTeardown: '<rootDir>/test/delivery/tear-down.js',
  testTimeout: 60_000,
};
