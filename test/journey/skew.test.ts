/** Clocks that are wrong (T12): the API's two hours late, the worker's forty days early, and the other way round. */
import { describe, expect, it } from '@jest/globals';
import { loadDemo } from '../../workers/demo.js';
import { MinuteOracle } from '../time/minute-oracle.js';
import { berlin } from '../time/calendars.js';
import { System, type Skew } from './system.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SM = 'sam-rivers';
const MANAGER = 'kim-field';

/** Business days to each first deadline of an onboarding with a service manager, from examples/policies/standard.yaml. */
const TARGETS = { firstContact: 5, kickoff: 10, package: 20, live: 30 } as const;

interface ClockView {
  readonly name: string;
  readonly outcome: string;
  readonly startedAt: string;
  readonly dueAt: string | null;
  readonly missedAt: string | null;
}

const wrong: readonly (readonly [string, Skew])[] = [
  ['the API two hours late, the worker forty days early', { apiMs: -2 * HOUR_MS, workerMs: 40 * DAY_MS }],
  ['the API forty days early, the worker two hours late', { apiMs: 40 * DAY_MS, workerMs: -2 * HOUR_MS }],
];

describe('clocks of processes that are wrong move no deadline', () => {
  it.each(wrong)(
    '%s',
    async (_name, skew) => {
      const system = await System.start(skew);
      try {
        expect(await loadDemo(system.apiUrl)).toBe(true);
        const before = Date.now();
        await system.careplus(MANAGER, 'contract', 'import', 'examples/contract.yaml');
        const registered = new Date(before - DAY_MS).toISOString().slice(0, 10);
        await system.careplus(MANAGER, 'contract', 'activate', 'northwind-2026', '--registered', registered);
        await system.careplus(SM, 'onboarding', 'start', 'northwind-2026');
        await system.careplus(SM, 'note', 'northwind-2026/onboarding', 'Called them.', '--medium', 'phone');
        const after = Date.now();
        for (const skewMs of [skew.apiMs, skew.workerMs]) {
          const wrong = system.shownClocks().map((shown) => Math.abs(shown - before - skewMs));
          expect(Math.min(...wrong)).toBeLessThan(HOUR_MS);
        }
        const [clocks, holidays] = await Promise.all([clocksOf(system), holidaysOf(system)]);
        expect(clocks.map((clock) => clock.name)).toEqual(expect.arrayContaining(Object.keys(TARGETS)));
        for (const clock of clocks) {
          const startedAt = Date.parse(clock.startedAt);
          expect(startedAt).toBeGreaterThanOrEqual(before);
          expect(startedAt).toBeLessThanOrEqual(after);
          expect(clock).toMatchObject({ outcome: 'running', missedAt: null });
          const days = TARGETS[clock.name as keyof typeof TARGETS];
          if (days === undefined) continue;
          const midnight = Math.floor((startedAt - 3 * DAY_MS) / DAY_MS) * DAY_MS;
          const oracle = new MinuteOracle({ ...berlin, holidays }, midnight, 70 * 24 * 60);
          const due = new Date(oracle.afterOpenDates(startedAt, days)).toISOString();
          expect([clock.name, clock.dueAt]).toEqual([clock.name, due]);
        }
        const timeline = (await view(system, 'timeline')) as { items: { at: string; event: string }[] };
        for (const { at } of timeline.items) {
          expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
          expect(Date.parse(at)).toBeLessThanOrEqual(after);
        }
      } finally {
        await system.stop();
      }
    },
    120_000,
  );
});

async function clocksOf(system: System): Promise<readonly ClockView[]> {
  return ((await view(system, 'clocks')) as { items: ClockView[] }).items;
}

async function holidaysOf(system: System) {
  const answer = await ask(system, '/v1/calendars/berlin-office');
  return (answer as { body: typeof berlin }).body.holidays;
}

async function view(system: System, part: string): Promise<unknown> {
  const { items } = (await ask(system, '/v1/processes?slug=onboarding')) as { items: { id: string }[] };
  const mine = await Promise.all(items.map(async ({ id }) => ask(system, `/v1/processes/${id}`)));
  const found = (mine as { id: string; contractId: string }[]).find(
    (one) => one.contractId === 'northwind-2026',
  );
  return ask(system, `/v1/processes/${found?.id ?? ''}/${part}`);
}

async function ask(system: System, path: string): Promise<unknown> {
  const answer = await fetch(new URL(path, system.apiUrl), { headers: { 'x-careplus-as': SM } });
  if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
  return answer.json();
}
