/** The fault tests in full size, one after another: `npm run test:chaos`. */
import base from '../../jest.config.js';

export default {
  ...base,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/chaos/**/*.test.ts',
    // T22, T24, T25 and T27 live with what they judge.
    '<rootDir>/test/api/{fuzz,canaries}.test.ts',
    '<rootDir>/test/db/isolation.test.ts',
    '<rootDir>/test/engine/restore.test.ts',
  ],
  maxWorkers: 1,
};
