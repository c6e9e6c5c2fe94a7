/** The larger customer, three sites in three zones: every item of the package has a process of its own, and nobody acts. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readContractFile } from '../../domain/contract/contract-file.js';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { readPolicySet } from '../../domain/policy/policy-set.js';
import { standardPolicy } from '../support/policies.js';
import { example, exampleCalendar, exampleDirectory, registry, TENANT, TestWorld } from '../support/world.js';
import { tailspinLeftAlone } from '../tables/tailspin-left-alone.js';
import { done, KIM } from './journeys.js';

const START = '2026-11-23T15:00:00Z';
const UNTIL = '2027-02-09T15:00:00Z';

const expected = tailspinLeftAlone.map(({ cites: _cites, ...row }) => ({
  ...row,
  decidedAt: Date.parse(row.decidedAt),
  sendAt: Date.parse(row.sendAt),
}));
const begins = expected.filter(({ step }) => step === 'start');

async function started(): Promise<TestWorld> {
  const policy = readPolicySet(standardPolicy());
  const contract = readContractFile(example('contracts/tailspin-2026.yaml'));
  if (!policy.ok || !contract.ok) throw new Error('The examples cannot be read.');
  const world = new TestWorld();
  world.policy = policy.value;
  world.calendars = Object.fromEntries(
    ['new-york-office', 'berlin-office'].map((id) => [id, exampleCalendar(id)]),
  );
  Object.assign(world.directory.people, exampleDirectory(contract.value).people);
  await done(world.start('contract', 'con_1', contract.value, '2026-11-02T15:00:00Z', KIM));
  const registered = { portalRegisteredOn: '2026-11-02' };
  await done(world.command('con_1', 'activate', registered, '2026-11-02T16:00:00Z', KIM));
  await done(world.start('onboarding', 'onb_1', { contractId: 'tailspin-2026' }, START, KIM));
  return world;
}

describe('the onboarding of the larger customer, left alone', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await started();
  });

  it('starts the process of every item of the package', () => {
    const slugs = [...world.store.processes.values()].map(({ ref, state }) =>
      ref.slug === 'document' ? `document ${String(state?.data['kind'])}` : ref.slug,
    );
    expect(slugs.sort()).toEqual(
      [
        'contactMatrix',
        'contract',
        'document outageGuideline',
        'document userGuide',
        'onboarding',
        'remoteAccess',
        'supportTools',
      ].sort(),
    );
  });

  it('is forecast exactly as the table that was worked out from the specification', async () => {
    const from = Date.parse(START);
    let breaths = 0;
    const foreseen = await forecast(registry, world.store, {
      tenantId: TENANT,
      from,
      until: Date.parse(UNTIL),
      breathe: async () => void (breaths += 1),
    });
    expect(foreseen.truncated).toBe(false);
    // Whoever serves others gets the thread between any two instants.
    expect(breaths).toBeGreaterThanOrEqual(new Set(foreseen.items.map(({ at }) => at)).size - 1);
    const rows = foreseen.items.flatMap((item) => {
      if (item.kind !== 'notice') return [];
      const { notice, role, recipient, at: decidedAt, sendAt } = item;
      const process = nameOf(world, item.processId);
      return [{ process, ...aboutOf(item.about), notice, role, recipient, decidedAt, sendAt }];
    });
    expect(sorted([...begins, ...rows])).toEqual(sorted(expected));
  });

  it('comes out exactly so when the time passes', async () => {
    await world.runTo(new Date(Date.parse(UNTIL) - 1).toISOString());
    const rows = world.store.effects.flatMap(({ processId, intent, decidedAt }) => {
      if (intent.kind !== 'mail' || processId === 'con_1') return [];
      const { notice, role, recipient } = intent.content;
      const about = aboutOf(intent.key.split('|')[3] ?? '');
      return [
        {
          process: nameOf(world, processId),
          ...about,
          notice,
          role,
          recipient,
          decidedAt,
          sendAt: intent.notBefore,
        },
      ];
    });
    expect(sorted(rows)).toEqual(sorted(expected));
    expect(world.stateOf('onb_1').data).toMatchObject({ stalled: 'twice' });
  });
});

function nameOf({ store }: TestWorld, processId: string): string {
  const process = store.processes.get(processId);
  const kind = process?.state?.data['kind'];
  return [process?.ref.slug, ...(typeof kind === 'string' ? [kind] : [])].join(' ');
}

/** What a message is about, as its key and the forecast name it: clock, key, run, step and repeat. */
function aboutOf(about: string) {
  const [clock = '', ...rest] = about.split('/');
  const [repeat = '0', step = 'start', , ...key] = rest.reverse();
  if (rest.length === 0) return { clock: '', key: '', step: 'start', repeat: 0 };
  return { clock, key: key.reverse().join('/'), step, repeat: Number(repeat) + (step === 'again' ? 1 : 0) };
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).sort()))).sort();
}
