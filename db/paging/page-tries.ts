/** Everything that pages read and write, bound to a database. */
import type { Database } from '../connection.js';
import type { Claim } from '../store/types.js';
import { readPage } from './read.js';
import { beginTry, cutOffTries, endTry, hurryIfAnswered, type TryAt, type TryResult } from './tries.js';

export function pageTries(database: Database) {
  return {
    read: (claim: Claim) => readPage(database, claim),
    begin: (claim: Claim, at: TryAt) => beginTry(database, claim, at),
    end: (claim: Claim, at: TryAt, result: TryResult) => endTry(database, claim, at, result),
    cutOff: (claim: Claim) => cutOffTries(database, claim),
    hurryIfAnswered: (claim: Claim) => hurryIfAnswered(database, claim),
  };
}
