/** The fault tests in full size, two at a time, since half of them mostly wait: `npm run test:chaos`. */
import base from '../../jest.config.js';

export default {
  ...base,
  rootDir: '../..',
  testMatch: [
    '<rootDir>/test/chaos/**/*.test.ts',
    // T27 and the ticketing half of T17 live with what they judge.
    '<rootDir>/test/engine/{restore,engine-lost}.test.ts',
    '<rootDir>/test/api/ticketing.test.ts',
  ],
  maxWorkers: 2,
};
