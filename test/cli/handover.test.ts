import { describe, expect, it } from '@jest/globals';
import type { Routes } from './fake-api.js';
import { cliWith, tooLong } from './run-cli.js';

const ID = `hnd_${'0190'.repeat(8)}`;
const SAM = { id: 'sam-rivers', name: 'Sam Rivers' };
const outcome = { processId: ID, outcome: 'accepted', seq: 1, status: 'planned', event: 'handover.planned' };
const group = { key: 'northwind-2026', number: 'CP-2026-0417', place: 'manager' };
const routes: Routes = {
  'POST /v1/processes/handover': { status: 201, body: outcome },
  [`POST /v1/processes/${ID}/commands/accept`]: { body: { ...outcome, event: 'handover.accepted' } },
  [`GET /v1/processes/${ID}`]: {
    body: {
      id: ID,
      slug: 'handover',
      seq: 3,
      headline: 'Absence from 2026-12-21',
      statusLabel: 'Effective, waits for acceptance',
      owner: { id: 'kim-field', name: 'Kim Field' },
      data: {
        from: 'sam-rivers',
        to: null,
        groups: [{ ...group, state: 'waiting', takenBy: null, toldAt: null }],
      },
    },
  },
  [`GET /v1/handovers/${ID}/items`]: {
    body: {
      keptAt: '2026-12-21T07:00:00.000Z',
      items: [
        {
          group: group.key,
          number: group.number,
          place: 'manager',
          processes: [
            {
              processId: 'onb_1',
              title: 'Onboarding',
              headline: 'CP-2026-0417',
              statusLabel: 'Welcomed',
              tasks: [{ label: 'Record the kickoff', dueAt: '2026-12-28T16:00:00.000Z' }],
              clocks: [{ label: 'Kickoff', key: '', dueAt: '2026-12-28T16:00:00.000Z' }],
            },
          ],
        },
      ],
    },
  },
  'GET /v1/handovers': {
    body: {
      items: [
        {
          id: ID,
          statusLabel: 'Effective, waits for acceptance',
          kind: 'absence',
          from: SAM,
          to: null,
          begins: '2026-12-21T07:00:00.000Z',
          ends: '2027-01-04T07:00:00.000Z',
          groups: 3,
          waiting: 1,
        },
      ],
    },
  },
};
const handover = (...argv: string[]) => cliWith(routes, ['handover', ...argv]);

describe('careplus handover', () => {
  it('starts an absence, from now on where no beginning is given', async () => {
    const { code, out, asked } = await handover(
      'start', '--from', 'sam-rivers', '--until', '2027-01-04T08:00+01:00', '--reason', 'Holiday.',
    ); // prettier-ignore
    expect(code).toBe(0);
    expect(asked[0]?.body).toMatchObject({
      from: 'sam-rivers',
      kind: 'absence',
      effectiveAt: expect.stringMatching(/Z$/) as unknown,
      until: '2027-01-04T07:00:00.000Z',
      reason: 'Holiday.',
    });
    expect(out).toContain(`careplus handover show ${ID}`);
  });

  it('starts a hand-over for good where no end is given', async () => {
    const { asked } = await handover(
      'start', '--from', 'sam-rivers', '--to', 'robin-lake', '--at', '2026-12-21T08:00+01:00', '--reason', 'Leaves.',
    ); // prettier-ignore
    expect(asked[0]?.body).toEqual({
      from: 'sam-rivers',
      to: 'robin-lake',
      kind: 'leaves',
      effectiveAt: '2026-12-21T07:00:00.000Z',
      reason: 'Leaves.',
    });
  });

  it('refuses an instant without its offset before anything is asked', async () => {
    const { code, err, asked } = await handover(
      'start', '--from', 'sam-rivers', '--at', '2026-12-21T08:00', '--reason', 'Leaves.',
    ); // prettier-ignore
    expect([code, asked]).toEqual([2, []]);
    expect(err.replace(/\s+/g, ' ')).toContain('Write date, time and offset');
  });

  it('accepts one contract or all, and wants to know which', async () => {
    expect((await handover('accept', ID, '--group', 'northwind-2026')).asked[0]?.body).toEqual({
      group: 'northwind-2026',
    });
    expect((await handover('accept', ID, '--all')).asked[0]?.body).toEqual({ group: 'all' });
    const neither = await handover('accept', ID);
    expect([neither.code, neither.asked]).toEqual([2, []]);
    expect(neither.err).toContain('--group');
  });

  it.each([[['list']], [['show', ID]]])('shows %j in 80 columns, and whole with --json', async (argv) => {
    const { code, out } = await handover(...argv);
    expect([code, tooLong(out)]).toEqual([0, []]);
    expect(out).toMatchSnapshot();
    expect(typeof JSON.parse((await handover(...argv, '--json')).out)).toBe('object');
  });
});
