import { describe, expect, it } from '@jest/globals';
import { forecast } from '../../domain/kernel/views/forecast.js';
import { onboardingLeftAlone } from '../tables/onboarding-left-alone.js';
import { exampleContract, registry, TENANT, TestWorld } from '../support/world.js';

describe('an onboarding that nobody touches for a year', () => {
  it('is forecast exactly as the table that was worked out from the specification', async () => {
    const world = new TestWorld();
    await world.start('contract', 'con_1', exampleContract(), '2026-11-02T09:00:00Z');
    await world.command(
      'con_1',
      'activate',
      { portalRegisteredOn: '2026-11-02' },
      '2026-11-02T10:00:00Z',
      'kim-field',
    );
    const from = Date.parse('2026-11-23T09:00:00Z');
    const started = await world.start(
      'onboarding',
      'onb_1',
      { contractId: 'northwind-2026' },
      '2026-11-23T09:00:00Z',
    );
    expect(started?.outcome).toBe('accepted');
    const firstNotices = world.store.effects.filter((effect) => effect.processId === 'onb_1').length;
    expect(firstNotices).toBeGreaterThan(0);

    const result = await forecast(registry, world.store, {
      tenantId: TENANT,
      from,
      until: Date.parse('2027-11-23T09:00:00Z'),
    });
    expect(result.truncated).toBe(false);
    const startNotices = [
      {
        process: 'onboarding',
        clock: '',
        step: 'start',
        repeat: 0,
        notice: 'started',
        role: 'owner',
        recipient: 'sam-rivers',
        decidedAt: from,
        sendAt: from,
      },
    ];
    const foreseen = result.items.flatMap((item) => {
      if (item.kind !== 'notice') return [];
      const [clock = '', , , step = '', repeat = '0'] = item.about.split('/');
      const { notice, role, recipient, at, sendAt } = item;
      return [
        {
          process: item.slug,
          clock,
          step,
          repeat: Number(repeat) + (step === 'again' ? 1 : 0),
          notice,
          role,
          recipient,
          decidedAt: at,
          sendAt,
        },
      ];
    });
    const expected = onboardingLeftAlone.map(({ cites: _cites, ...row }) => ({
      ...row,
      decidedAt: Date.parse(row.decidedAt),
      sendAt: Date.parse(row.sendAt),
    }));
    expect(sorted([...startNotices, ...foreseen])).toEqual(sorted(expected));
  });
});

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).sort()))).sort();
}
