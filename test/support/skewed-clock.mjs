// Preloaded into a process of a test: its clock runs TEST_SKEW_MS ahead (or behind, below zero) of everybody else's.
import { appendFileSync } from 'node:fs';

const skewMs = Number(process.env.TEST_SKEW_MS ?? 0);
const TrueDate = Date;

globalThis.Date = class Date extends TrueDate {
  constructor(...parts) {
    if (parts.length === 0) super(TrueDate.now() + skewMs);
    else super(...parts);
  }

  static now() {
    return TrueDate.now() + skewMs;
  }
};

// So that the test knows that the clock really was wrong.
if (process.env.TEST_SKEW_NOTES) appendFileSync(process.env.TEST_SKEW_NOTES, `${new Date().toISOString()}\n`);
