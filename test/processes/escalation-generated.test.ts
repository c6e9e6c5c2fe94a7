/**
 * Generated escalations: no clock is lost, none is without an owner, nothing sleeps. FC_SEED repeats one run; FULL=1 makes
 * two thousand of them. A small run whose lives missed a status goes on until it is reached, up to ten times as many.
 */
import { describe, expect, it } from '@jest/globals';
import { definitions } from '../../domain/processes.js';
import { seedOf } from '../time/seed.js';
import { Life } from './escalation-generator.js';

const LIVES = process.env['FULL'] ? 2000 : 50;
/** Seeds that once failed. */
const FOUND: readonly number[] = [];

describe('generated escalations', () => {
  it(
    'keep their clocks, their owners and their consent, and reach every status',
    async () => {
      const first = seedOf('escalations');
      const unseen = {
        statuses: new Set(Object.keys(definitions.escalation.words.statuses)),
        events: new Set(
          [
            'levelReached',
            'priorityRaised',
            'priorityLowered',
            'caseRestored',
            'caseUnsolved',
            'waitOver',
            'reopened',
          ].map((name) => `escalation.${name}`),
        ),
      };
      const live = async (seed: number): Promise<void> => {
        try {
          const told = await new Life(seed).live();
          for (const status of told.statuses) unseen.statuses.delete(status);
          for (const event of told.events) unseen.events.delete(event);
        } catch (error) {
          throw new Error(`seed ${String(seed)}: ${(error as Error).message}`, { cause: error });
        }
      };
      for (const seed of FOUND) await live(seed);
      for (
        let index = 0;
        index < LIVES || (unseen.statuses.size + unseen.events.size > 0 && index < 10 * LIVES);
        index += 1
      )
        await live(first + index);
      // A run in which nothing happens proves nothing.
      expect({ statuses: [...unseen.statuses], events: [...unseen.events] }).toEqual({
        statuses: [],
        events: [],
      });
    },
    LIVES * 10_000,
  );
});
