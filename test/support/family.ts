/**
 * One contract with its onboarding and its User Guide, taken there by real steps against Postgres, without an engine:
 * what sets of many processes are copied from.
 */
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { advanceProcess } from '../../activities/advance.js';
import type { AdvanceDependencies } from '../../activities/advance.js';
import { startProcess } from '../../activities/effects/start-process.js';
import { tellProcess } from '../../activities/effects/tell-process.js';
import { silentLog } from '../../activities/log.js';
import { performEffect } from '../../activities/perform.js';
import type { PerformDependencies } from '../../activities/perform.js';
import type { Database } from '../../db/connection.js';
import { createRegistry } from '../../db/definitions.js';
import { createTenant, savePeople, saveSetting } from '../../db/provision/tenants.js';
import { importVersion } from '../../db/provision/versions.js';
import { startFacts } from '../../db/start/read.js';
import type { Acceptance } from '../../db/store/types.js';
import { createWorkStore } from '../../db/store/work-store.js';
import { stores } from '../../db/stores.js';
import { policySetSchema } from '../../domain/policy/policy-set.js';
import { readCalendarFile } from '../../domain/time/calendar.js';
import { buildCalendarVersion } from '../../domain/time/import.js';
import type { MailPort } from '../../integrations/mail/port.js';
import { createRecordingMail } from '../../integrations/mail/recording.js';
import { connectClient } from '../../messages/ringer.js';
import { policyWith } from './policies.js';
import { createDependencies } from '../../workers/dependencies.js';

/** Words that stand for nothing else, so that copies can put their own in their place. */
export const SEED = {
  tenant: 'seed-tenant',
  contract: 'seed-contract',
  number: 'SEED-NUMBER',
  site: 'seed-site',
  people: ['seed-maria', 'seed-jan'],
} as const;

const DAY_MS = 86_400_000;
const PEOPLE = { author: 'kim-field', approver: 'dana-hill' };

/** Provisions the installation (`change`: of the policy set) and brings the three processes to rest. Gives their ids. */
export async function seedFamily(database: Database, change: object = {}): Promise<readonly string[]> {
  await provision(database, change);
  const contractId = idOf('con');
  const onboardingId = idOf('onb');
  const world = new World(database);
  await world.start(contractId, 'contract', contractFile());
  const today = new Date().toISOString().slice(0, 10);
  await world.command(contractId, 'activate', { portalRegisteredOn: today });
  await world.start(onboardingId, 'onboarding', { contractId: SEED.contract });
  return world.ids();
}

function idOf(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

function example(path: string): Readonly<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
  return parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

interface StaffFile {
  readonly name: string;
  readonly calendar: string;
  readonly staff: readonly {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly zone: string;
    readonly language: string;
    readonly grants: readonly string[];
    readonly deputy?: string;
  }[];
}

/** People, calendar and policy set of the examples; `change`: fields of the policy set. */
export async function provision(database: Database, change: object = {}): Promise<void> {
  const provider = example('provider.yaml') as unknown as StaffFile;
  await createTenant(database, { id: 'provider', name: provider.name });
  await saveSetting(database, 'providerCalendarId', provider.calendar);
  const staff = provider.staff.map(({ deputy, ...person }) => ({
    ...person,
    phone: null,
    calendarId: null,
    deputyId: deputy ?? null,
    active: true,
  }));
  await savePeople(database, 'provider', staff, null);
  const read = readCalendarFile(example('calendars/berlin-office.yaml'));
  const built = read.ok ? buildCalendarVersion(read.value, 1) : read;
  if (!built.ok) throw new Error('The calendar of the examples cannot be read.');
  await importVersion(database, { kind: 'calendar', id: 'berlin-office' }, { ...built.value }, PEOPLE);
  const policy = policySetSchema.parse({ ...policyWith('userGuide'), ...change });
  await importVersion(database, { kind: 'policy', id: 'standard' }, { ...policy }, PEOPLE);
  await createTenant(database, { id: SEED.tenant, name: 'Seeded Networks' });
}

/** The contract of the examples under words of its own, for a term that has begun. */
function contractFile(): Readonly<Record<string, unknown>> {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  const text = JSON.stringify(example('contract.yaml'))
    .replaceAll('northwind-2026', SEED.contract)
    .replaceAll('CP-2026-0417', SEED.number)
    .replaceAll('northwind-berlin', SEED.site)
    .replaceAll('"northwind"', `"${SEED.tenant}"`)
    .replaceAll('maria-stone', SEED.people[0])
    .replaceAll('jan-reed', SEED.people[1]);
  return { ...(JSON.parse(text) as object), startsOn: day(-20), endsOn: day(700) };
}

const seeded = async () => ({
  settlement: { kind: 'confirmed' as const, evidence: { messageId: '<seeded>' } },
});

/** Steps and effects of one tenant, taken one after another until nothing is left to do now. */
export class World {
  readonly deps: AdvanceDependencies & PerformDependencies;
  private readonly work: ReturnType<typeof createWorkStore>;

  /** Without `mailPort` every message counts as sent. */
  constructor(
    private readonly database: Database,
    private readonly tenantId: string = SEED.tenant,
    change: Pick<PerformDependencies, 'crash'> & { readonly mailPort?: MailPort } = {},
  ) {
    const { mailPort, ...rest } = change;
    const work = createWorkStore(database);
    const nobody = async () => ({ reached: false, problem: 'nobody' }) as const;
    const ringer = { ring: nobody, start: nobody };
    this.work = work;
    const registry = createRegistry();
    const plain = createDependencies({
      database,
      // Never used: nobody is rung.
      client: connectClient({ address: '127.0.0.1:1', namespace: 'none' }),
      taskQueue: 'none',
      registry,
      stores,
      mailPort: mailPort ?? createRecordingMail(),
      mailFrom: 'care@provider.example',
      publicUrl: 'http://127.0.0.1:8088',
      linkSecret: 'a secret of the tests',
      log: silentLog,
    });
    this.deps = {
      ...plain,
      handlers: {
        mail: mailPort ? plain.handlers.mail : seeded,
        startProcess: startProcess({ work, ringer, facts: startFacts(database) }),
        tellProcess: tellProcess({ work, ringer, otherTenantOf: async () => null }),
        page: seeded,
      },
      ringer: { wake: nobody },
      ...rest,
    };
  }

  async start(processId: string, slug: string, payload: Acceptance['payload']): Promise<void> {
    const start = { slug, policyId: 'standard', policyVersion: 1, ownerId: 'kim-field' };
    await this.accept({ processId, kind: 'start', name: 'start', payload, start });
  }

  async command(processId: string, name: string, payload: Acceptance['payload']): Promise<void> {
    await this.accept({ processId, kind: 'command', name, payload, start: null });
  }

  async ids(): Promise<readonly string[]> {
    const rows = await this.database.as('relay', {}, async (trx) =>
      trx.rows<{ id: string }>('select id from processes order by created_at, id'),
    );
    return rows.map((row) => row.id);
  }

  private async accept(
    work: Pick<Acceptance, 'processId' | 'kind' | 'name' | 'payload' | 'start'>,
  ): Promise<void> {
    const accepted = await this.work.accept({
      ...work,
      tenantId: this.tenantId,
      actor: work.kind === 'command' ? 'sam-rivers' : 'kim-field',
      onBehalfOf: null,
      expectedSeq: null,
      urgent: false,
      key: null,
    });
    if (accepted.kind !== 'accepted') throw new Error(`Not accepted: ${accepted.kind}.`);
    await this.rest();
    const row = await this.work.readInbox(this.tenantId, accepted.inboxId);
    if (row?.answer?.outcome !== 'accepted') throw new Error(`Refused: ${JSON.stringify(row?.answer)}.`);
  }

  /** Steps and effects until nothing is left to do now. */
  async rest(): Promise<void> {
    const { tenantId } = this;
    for (let round = 0; round < 50; round += 1) {
      let moved = false;
      for (const processId of await this.ids()) {
        const now = await this.deps.clock.now();
        const report = await advanceProcess(this.deps, { tenantId, processId, now, lastSeq: 0 });
        if (report.blocked) throw new Error(`${processId} is blocked.`);
        const due = report.effects.filter((effect) => effect.nextAttemptAt <= now);
        for (const effect of due) await performEffect(this.deps, { tenantId, effectId: effect.id });
        const marked = (report.nextMarkAt ?? Infinity) <= now;
        moved ||= marked || Object.keys(report.answers).length > 0 || due.length > 0;
      }
      await this.work.acceptRecalculations(100);
      if (!moved && (await this.idle())) return;
    }
    throw new Error('The processes do not come to rest.');
  }

  private async idle(): Promise<boolean> {
    return this.database.as('relay', {}, async (trx) => {
      const row = await trx.row<{ pending: number }>(
        `select count(*)::integer as pending from inbox where state = 'pending'`,
      );
      return row?.pending === 0;
    });
  }
}
