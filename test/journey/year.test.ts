/** A year of skipped time on real Temporal and Postgres: an onboarding that nobody touches. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { BusinessClock } from '../../db/business-clock.js';
import { createRegistry } from '../../db/definitions.js';
import { createTenant, PROVIDER, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { importVersion } from '../../db/provision/versions.js';
import { stores } from '../../db/stores.js';
import { installTestClock } from '../../db/test-clock.js';
import type { Data } from '../../domain/kernel/words.js';
import { openBench, type Bench } from '../engine/bench.js';
import { timeSkippingServer } from '../support/temporal.js';
import { example, exampleCalendar, exampleContract, examplePolicy, TENANT } from '../support/world.js';
import { onboardingLeftAlone } from '../tables/onboarding-left-alone.js';

const STARTED = Date.parse('2026-11-23T09:00:00Z');
const UNTIL = Date.parse('2027-11-23T09:00:00Z');
const DAY_MS = 24 * 3_600_000;
const people = { author: 'kim-field', approver: 'dana-hill' };

describe('an onboarding that nobody touches, through a year of skipped time', () => {
  let server: TestWorkflowEnvironment;
  let bench: Bench;
  let policyVersion: number;

  beforeAll(async () => {
    server = await timeSkippingServer();
    bench = await openBench({
      address: server.address,
      client: server.client,
      registry: createRegistry(),
      stores,
      prepare: installTestClock,
    });
    await provision();
  });

  afterAll(async () => {
    await bench.close();
    await server.teardown();
  });

  it('sends exactly what was worked out from the specification', async () => {
    const sent = await bench.withWorker(async () => {
      await accept('contract', 'con_1', 'start', { ...exampleContract() });
      await accept('contract', 'con_1', 'activate', { portalRegisteredOn: '2026-11-02' });
      await skipTo(STARTED);
      await accept('onboarding', 'onb_1', 'start', { contractId: 'northwind-2026' }, STARTED);
      await skipTo(UNTIL);
      await everythingSent();
      return notices();
    });
    const expected = onboardingLeftAlone.map(({ cites: _cites, ...row }) => ({
      ...row,
      decidedAt: Date.parse(row.decidedAt),
      sendAt: Date.parse(row.sendAt),
    }));
    expect(sorted(sent)).toEqual(sorted(expected));
    // The day-one mail and the two assignments belong to the contract; the table is about the onboarding.
    expect(bench.mail.delivered()).toHaveLength(expected.length + 3);
  }, 300_000);

  async function provision(): Promise<void> {
    const { database } = bench;
    const { staff } = example('provider.yaml') as { staff: Staff[] };
    await createTenant(database, { id: TENANT, name: 'Northwind Logistics' });
    await savePeople(
      database,
      PROVIDER,
      staff.map(({ deputy, ...one }) => ({
        ...one,
        phone: null,
        calendarId: null,
        deputyId: deputy ?? null,
        active: true,
      })),
      'kim-field',
    );
    await importVersion(
      database,
      { kind: 'calendar', id: 'berlin-office' },
      { ...exampleCalendar('berlin-office') },
      people,
    );
    policyVersion = await importVersion(
      database,
      { kind: 'policy', id: 'standard' },
      examplePolicy(),
      people,
    );
    await saveSetting(database, 'providerCalendarId', 'berlin-office');
  }

  /** Accepts work and waits for its answer. A start may be given an instant that lies behind the machine's own clock. */
  async function accept(
    slug: string,
    processId: string,
    name: string,
    payload: Data,
    acceptedAt?: number,
  ): Promise<void> {
    const begins = name === 'start';
    const accepted = await bench.deps.work.accept({
      tenantId: TENANT,
      processId,
      kind: begins ? 'start' : 'command',
      name,
      payload,
      actor: 'kim-field',
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      key: null,
      start: begins ? { slug, policyId: 'standard', policyVersion, ownerId: 'kim-field' } : null,
    });
    if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
    const { inboxId } = accepted;
    if (acceptedAt !== undefined) await backdate(inboxId, acceptedAt);
    const input = { tenantId: TENANT, processId, slug, lastSeq: 0 };
    const rung = await (begins
      ? bench.deps.ringer.start(input, inboxId, WAIT)
      : bench.deps.ringer.ring(processId, inboxId, WAIT));
    expect({ name, rung }).toEqual({ name, rung: { reached: true, answer: 'accepted' } });
  }

  /** By the owner of the database: no role of the product may. */
  async function backdate(inboxId: string, acceptedAt: number): Promise<void> {
    const owner = new pg.Client(bench.url);
    await owner.connect();
    await owner.query('update inbox set accepted_at = $1 where id = $2', [new Date(acceptedAt), inboxId]);
    await owner.end();
  }

  /** Skips time in weeks, so that mails of one week are out before the next begins. */
  async function skipTo(instant: number): Promise<void> {
    for (let now = await server.currentTimeMs(); now < instant; now = await server.currentTimeMs()) {
      await server.sleep(Math.min(7 * DAY_MS, instant - now));
      await new BusinessClock(bench.database).raiseTo(await server.currentTimeMs());
    }
  }

  async function everythingSent(): Promise<void> {
    for (let round = 0; round < 200; round += 1) {
      const open = await bench.database.as('admin', { tenant: TENANT }, async (trx) =>
        trx.row<{ count: number }>(
          "select count(*)::int as count from effects where state in ('planned', 'sent') and not_before < :until",
          { until: new Date(UNTIL) },
        ),
      );
      if (open?.count === 0) return;
      await server.sleep(1_000);
    }
    throw new Error('Some effects are not settled.');
  }

  async function notices() {
    const rows = await bench.database.as('admin', { tenant: TENANT }, async (trx) =>
      trx.rows<EffectRow>(
        `select p.slug as process, e.key, e.content, ms(e.decided_at) as "decidedAt", ms(e.not_before) as "sendAt", e.state
           from effects e join processes p on p.tenant_id = e.tenant_id and p.id = e.process_id
          where e.kind = 'mail' and p.slug <> 'contract' and e.decided_at < :until`,
        { until: new Date(UNTIL) },
      ),
    );
    return rows.map(({ process, key, content, decidedAt, sendAt, state }) => {
      expect(state).toBe('confirmed');
      const [clock = '', , , step = 'start', repeat = '0'] = (key.split('|')[3] ?? '').split('/');
      const begins = step === 'start';
      return {
        process,
        clock: begins ? '' : clock,
        step,
        repeat: Number(repeat) + (step === 'again' ? 1 : 0),
        notice: content.notice,
        role: content.role,
        recipient: content.recipient,
        decidedAt: Number(decidedAt),
        sendAt: Number(sendAt),
      };
    });
  }
});

const WAIT = { deadlineMs: 60_000 };

interface Staff {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly zone: string;
  readonly language: string;
  readonly grants: string[];
  readonly deputy?: string;
}

interface EffectRow {
  readonly process: string;
  readonly key: string;
  readonly content: { readonly notice: string; readonly role: string; readonly recipient: string };
  readonly decidedAt: string;
  readonly sendAt: string;
  readonly state: string;
}

function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).sort()))).sort();
}
