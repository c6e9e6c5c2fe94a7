/** Deadlines that a new calendar version has moved, as `timeline` and `explain` show them. */
import { describe, expect, it } from '@jest/globals';
import { cliWith, tooLong } from './run-cli.js';
import { ONBOARDING } from './samples.js';

const moved = {
  step: 'due',
  before: '2026-11-30T16:00:00.000Z',
  beforeLocal: 'Mon 2026-11-30 17:00 +01:00',
  dueAt: '2026-12-01T16:00:00.000Z',
  dueLocal: 'Tue 2026-12-01 17:00 +01:00',
};
const at = { at: '2026-11-24T08:00:00.000Z', atLocal: 'Tue 2026-11-24 09:00 +01:00' };

const routes = {
  [`GET /v1/processes/${ONBOARDING}/timeline`]: {
    body: {
      next: null,
      items: [
        {
          ...at,
          event: 'onboarding.recalculated',
          label: 'Deadlines computed again',
          from: 'new',
          to: 'new',
          actor: null,
          told: [],
          clocks: [
            { op: 'moved', clock: 'firstContact', label: 'First contact', key: '', run: 1, ...moved },
            { op: 'started', clock: 'kickoff', label: 'Kickoff', key: '', run: 1, dueAt: moved.dueAt },
          ],
        },
      ],
    },
  },
  [`GET /v1/processes/${ONBOARDING}/clocks/firstContact/explain`]: {
    body: {
      clock: 'firstContact',
      label: 'First contact',
      key: '',
      calendar: { id: 'berlin-office', version: 2, zone: 'Europe/Berlin' },
      marks: [
        { step: 'half', dueAt: moved.dueAt },
        { step: 'due', dueAt: moved.dueAt, dueLocal: moved.dueLocal, rule: '5 business days' },
      ],
      moves: [{ ...at, ...moved, seq: 4, calendarVersion: 2 }],
    },
  },
};

describe('a moved deadline', () => {
  it('stands in the timeline with its old instant and its new one', async () => {
    const { out } = await cliWith(routes, ['timeline', ONBOARDING]);
    expect(out).toContain('Deadlines computed again');
    expect(out).toMatch(/First contact: due\s+Mon 2026-11-30 17:00 \+01:00 →\s+Tue 2026-12-01 17:00 \+01:00/);
    expect(out).not.toContain('Kickoff');
    expect(tooLong(out)).toEqual([]);
  });

  it('stands in the explanation below its own mark', async () => {
    const { out } = await cliWith(routes, ['explain', `${ONBOARDING}/firstContact`]);
    expect(out.replace(/\s+/g, ' ')).toContain(
      'Moved on Tue 2026-11-24 09:00 +01:00 by calendar version 2: ' +
        'from Mon 2026-11-30 17:00 +01:00 to Tue 2026-12-01 17:00 +01:00',
    );
    expect(out.match(/Moved on/g)).toHaveLength(1);
    expect(out.indexOf('Moved on')).toBeGreaterThan(out.indexOf('due: Tue'));
    expect(tooLong(out)).toEqual([]);
  });
});
