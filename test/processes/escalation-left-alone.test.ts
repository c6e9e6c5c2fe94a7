/** A Priority 1 that nobody touches over Easter, against the table that was worked out from the specification. */
import { describe, expect, it } from '@jest/globals';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { aCase, factsOf, withEscalations } from '../support/escalation-world.js';
import { exampleContract, registry, TENANT, type TestWorld } from '../support/world.js';
import { breachesLeftAlone, escalationLeftAlone, levelsLeftAlone } from '../tables/escalation-left-alone.js';
import { anActiveContract } from './journeys.js';

const RAISED = '2027-03-27T21:10:00Z';
const UNTIL = '2027-03-31T10:00:00Z';

async function raisedOnSaturday(): Promise<TestWorld> {
  const world = withEscalations(await anActiveContract(exampleContract()));
  factsOf(world).cases.set('cas_1', aCase('P1', '2027-03-27T21:00:00Z'));
  const payload = {
    contractId: 'northwind-2026',
    caseId: 'cas_1',
    reason: 'The line is down.',
    askedBy: 'maria-stone',
  };
  const started = await world.start('escalation', 'esc_1', payload, RAISED, 'noor-dale');
  expect(started?.outcome).toBe('accepted');
  return world;
}

const expected = escalationLeftAlone.map(({ cites: _cites, ...row }) => ({
  ...row,
  decidedAt: Date.parse(row.decidedAt),
  sendAt: Date.parse(row.sendAt),
}));

function rowOf(
  key: string,
  notice: string,
  role: string,
  recipient: string,
  decidedAt: number,
  sendAt: number,
) {
  const about = key.split('|')[3] ?? '';
  const [clock = '', name = '', , step = '', repeat = '0'] = about.split('/');
  const isMark = about.includes('/');
  return {
    clock: isMark ? (name === '' ? clock : `${clock}/${name}`) : '',
    step: isMark ? step : 'start',
    repeat: Number(repeat) + (step === 'again' ? 1 : 0),
    notice,
    role,
    recipient,
    decidedAt,
    sendAt,
  };
}

describe('a Priority 1 that is left alone over Easter', () => {
  it('sends every message of the table and no other', async () => {
    const world = await raisedOnSaturday();
    await runTo(world);
    const sent = world.store.effects.flatMap(({ processId, intent, decidedAt }) => {
      if (processId !== 'esc_1' || (intent.kind !== 'mail' && intent.kind !== 'page')) return [];
      const { notice, role, recipient } = intent.content;
      return [rowOf(intent.key, notice, role, recipient, decidedAt, intent.notBefore)];
    });
    expect(sorted(sent)).toEqual(sorted(expected));
    const paged = world.store.effects.filter(({ intent }) => intent.kind === 'page');
    expect(
      new Set(
        paged.map(({ intent }) => 'content' in intent && 'notice' in intent.content && intent.content.notice),
      ),
    ).toEqual(new Set(['raised', 'acknowledgementMissed', 'levelReached', 'levelSilent']));
  });

  it('sends what is urgent at once, and what informs in the hours of its reader', async () => {
    const world = await raisedOnSaturday();
    await runTo(world);
    const informs = ['managerInformed', 'endUserInformed'];
    for (const { intent } of world.store.effects.filter((effect) => effect.processId === 'esc_1')) {
      if (intent.kind !== 'mail' && intent.kind !== 'page') continue;
      expect(intent.content.urgent).toBe(!informs.includes(intent.content.notice));
      if (intent.content.urgent) expect(intent.notBefore).toBe(intent.content.at);
    }
  });

  it('reaches every level when the table says so, held by whom it names', async () => {
    const world = await raisedOnSaturday();
    await runTo(world);
    const { levels } = world.stateOf('esc_1').data as {
      levels: { level: string; at: number; people: string[]; matrixVersion: number }[];
    };
    expect(levels.map(({ level, at, people }) => ({ level, at, people }))).toEqual(
      levelsLeftAlone.map((row) => ({ ...row, at: Date.parse(row.at) })),
    );
    expect(levels.map((one) => one.matrixVersion)).toEqual([1, 1, 1, 1, 1]);
  });

  it('breaks the promises of the table at their instants, and each breach names who was told', async () => {
    const world = await raisedOnSaturday();
    await runTo(world);
    const breaches = world.store.events.flatMap((event) =>
      event.operations
        .filter((operation) => operation.op === 'missed' && event.processId === 'esc_1')
        .map(({ clock, key, dueAt }) => ({
          clock: key === '' ? clock : `${clock}/${key}`,
          missedAt: dueAt,
          told: event.told.flatMap(({ people }) => people),
        })),
    );
    expect(breaches).toEqual(
      breachesLeftAlone.map((row) => ({ ...row, missedAt: Date.parse(row.missedAt) })),
    );
  });

  it('is forecast with the same messages', async () => {
    const world = await raisedOnSaturday();
    const first = world.store.effects.flatMap(({ processId, intent, decidedAt }) => {
      if (processId !== 'esc_1' || (intent.kind !== 'mail' && intent.kind !== 'page')) return [];
      const { notice, role, recipient } = intent.content;
      return [rowOf(intent.key, notice, role, recipient, decidedAt, intent.notBefore)];
    });
    const foreseen = await forecast(registry, world.store, {
      tenantId: TENANT,
      from: Date.parse(RAISED),
      until: Date.parse(UNTIL),
    });
    expect(foreseen.truncated).toBe(false);
    const rows = foreseen.items.flatMap((item) =>
      item.kind === 'notice' && item.processId === 'esc_1'
        ? [rowOf(`|||${item.about}`, item.notice, item.role, item.recipient, item.at, item.sendAt)]
        : [],
    );
    expect(sorted([...first, ...rows])).toEqual(sorted(expected));
  });
});

/** Noon itself is not part of the table. */
async function runTo(world: TestWorld): Promise<void> {
  await world.runTo(new Date(Date.parse(UNTIL) - 1).toISOString());
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).sort()))).sort();
}
