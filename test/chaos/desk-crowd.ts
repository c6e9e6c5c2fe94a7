/** Real cases with their escalations, driven to their end beside a crowd of errands while something is being broken. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isInfrastructure } from '../../db/infrastructure.js';
import { openChains } from '../../db/store/chain.js';
import type { Acceptance } from '../../db/store/types.js';
import { policySetSchema } from '../../domain/policy/policy-set.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Bench } from '../engine/bench.js';
import { deskErrands } from '../engine/desk-errand.js';
import { until, untilNone } from '../engine/look.js';
import { acknowledgePages } from '../engine/page-bench.js';
import { standardPolicy } from '../support/policies.js';
import { inLanes } from './crowd.js';

const TENANT = 'desk';
const CONTRACT = 'desk-1';
const OWNER = 'olga';
const ENGINEER = 'ella';
const CALLER = 'cora';
const RETRY_MS = 100;
const CONSENT = { personId: CALLER, evidence: 'Call of today.' };
const AGREED = { agreedBy: CALLER, evidence: 'Call of today.' };

const seconds = (amount: number) => ({ amount: amount / 60, unit: 'minutes' });

/** The figures of the example, those that are waited for in seconds: a case is escalated by itself, climbs, and is over. */
function shortPolicy(): object {
  const { escalation, seniorDesk, ...others } = standardPolicy() as unknown as {
    readonly escalation: { readonly targets: { readonly P1: object } };
    readonly seniorDesk: object;
  };
  const P1 = { ...escalation.targets.P1, levels: { L1: seconds(3), L2: seconds(6) }, accept: seconds(3) };
  return policySetSchema.parse({
    ...others,
    escalation: { ...escalation, targets: { ...escalation.targets, P1 }, reopen: seconds(3) },
    seniorDesk: { ...seniorDesk, monitor: seconds(3), reopen: seconds(3) },
  });
}

/** An End User with a contract in force, and a desk; its pages go to numbers. */
export async function seedDesk({ database }: Pick<Bench, 'database'>): Promise<void> {
  await database.as('admin', {}, async (trx) => {
    await trx.run(`insert into tenants (id, name, kind) values (:TENANT, 'Desk Networks', 'endUser')`, {
      TENANT,
    });
    await trx.run(
      `insert into people (tenant_id, id, side, name, email, zone, phone, grants) values
         ('provider', :ENGINEER, 'provider', 'Ella Engineer', 'ella@provider.example', 'UTC', '+4930111', '{seniorDesk}'),
         ('provider', 'dora', 'provider', 'Dora Duty', 'dora@provider.example', 'UTC', '+4930112', '{dutyManager}'),
         ('provider', 'sid', 'provider', 'Sid Director', 'sid@provider.example', 'UTC', '+4930113', '{supportDirector}'),
         (:TENANT, :CALLER, 'endUser', 'Cora Caller', 'cora@desk.example', 'UTC', null, '{}')`,
      { TENANT, ENGINEER, CALLER },
    );
    await trx.run(
      `insert into policies (tenant_id, id, version, body, author, approver, state, approved_at)
         values ('provider', 'desk', 1, :body, 'olga', 'otto', 'approved', business_now())`,
      { body: JSON.stringify(shortPolicy()) },
    );
    await openChains(trx, TENANT);
  });
  await database.as('step', { tenant: TENANT }, async (trx) => {
    await trx.run(
      `insert into contracts (tenant_id, id, process_id, number, status, manager_id, backup_id, sm_manager_id,
           account_manager_id, calendar_id, policy_id, policy_version, tier)
         values (:TENANT, :CONTRACT, 'con_desk', 'DESK-1', 'active', :OWNER, :OWNER, :OWNER, :OWNER, 'round', 'desk', 1,
           'plus')`,
      { TENANT, CONTRACT, OWNER },
    );
    await trx.run(
      `insert into contract_contacts (tenant_id, contract_id, person_id, primary_contact, authorised_caller, approver)
         values (:TENANT, :CONTRACT, :CALLER, true, true, true)`,
      { TENANT, CONTRACT, CALLER },
    );
  });
}

type Step = readonly [name: string, payload: Data, actor: string];

export class DeskCrowd {
  readonly caseIds: string[] = [];

  /** `patienceMs`: how long one answer may take; while faults are committed, most of the time nobody is there to give it. */
  constructor(
    private readonly bench: Pick<Bench, 'database' | 'deps'>,
    private readonly patienceMs: number,
  ) {}

  /** Takes so many cases, each with its escalation, from the call to their closing. */
  async drive(count: number, atOnce = 4): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => index);
    await inLanes(all, atOnce, async (index) => this.one(index));
  }

  private async one(index: number): Promise<void> {
    const caseId = newId('cas');
    this.caseIds.push(caseId);
    await this.start('supportCase', caseId, {
      ...{
        contractId: CONTRACT,
        caller: { personId: CALLER },
        priority: 'P1',
        impact: 'The router is down.',
      },
      device: `SN-${String(index)}-${caseId}`,
    });
    // Every other one is escalated by its age alone.
    if (index % 2 === 0)
      await this.start('escalation', newId('esc'), {
        ...{ contractId: CONTRACT, caseId, reason: 'Nothing moves.', askedBy: CALLER },
      });
    await this.take(caseId, [
      ['accept', {}, ENGINEER],
      ['startDiagnosis', {}, ENGINEER],
    ]);
    const escalationId = await this.climbed(caseId);
    const nextUpdateAt = new Date(Date.now() + 600_000).toISOString();
    await this.take(escalationId, [
      ['acknowledge', {}, ENGINEER],
      ['accept', { level: 'L2' }, 'sid'],
      ['setPlan', { ownerId: ENGINEER, action: 'Replace the card.', nextUpdateAt }, ENGINEER],
      ['postUpdate', { text: 'Nearly there.' }, ENGINEER],
    ]);
    await this.take(caseId, [['resolve', { rootCause: 'A card failed.' }, ENGINEER]]);
    await this.take(escalationId, [
      ['resolve', { rootCause: 'A card failed.' }, ENGINEER],
      ['agreeClosure', { consent: CONSENT }, ENGINEER],
      ['deliverReport', { reference: 'Archive 4711' }, ENGINEER],
    ]);
    await this.until(`${caseId} is watched`, async () => (await this.statusOf(caseId)) === 'closurePending');
    await this.take(caseId, [['consentClosure', AGREED, ENGINEER]]);
  }

  /** The one escalation of the case, once it has reached the top by age. */
  private async climbed(caseId: string): Promise<string> {
    let id = '';
    await this.until(`the escalation of ${caseId} is at the top`, async () => {
      const rows = await this.rows<{ id: string; level: string }>(
        `select id, data ->> 'level' as level from processes
          where slug = 'escalation' and not closed and data ->> 'caseId' = :caseId`,
        { caseId },
      );
      id = rows[0]?.id ?? '';
      return rows.length === 1 && rows[0]?.level === 'L2';
    });
    return id;
  }

  /** Resolves when all have come to their end; whoever was paged has acknowledged it. */
  async settle(withinMs: number): Promise<void> {
    const open = async () => {
      await acknowledgePages(this.bench, TENANT, deskErrands);
      return this.problems();
    };
    await untilNone('cases and escalations are over', open, withinMs);
  }

  /** What of them has not come to its end, or was answered otherwise than it was asked for. */
  async problems(): Promise<readonly string[]> {
    const found = await this.rows<{ what: string }>(
      `select id || ' is ' || status as what from processes where not closed
       union all select p.id || ' has a clock that runs' from processes p join clocks c on c.process_id = p.id
         where p.closed and c.ended_at is null
       union all select id || ' is closed and not over' from processes p
         where closed and not over and not exists (
           select from effects e where e.process_id = p.id and e.state = 'unknown')
       union all select key || ' is ' || state from effects
         where state not in ('confirmed', 'dropped', 'superseded') and not (kind = 'mail' and state = 'unknown')
       union all select id || ' was ' || coalesce(answer ->> 'outcome', 'not decided') from inbox
         where kind <> 'signal' and answer ->> 'outcome' is distinct from 'accepted'
           -- Its age came first, or was carried out when service was back.
           and not (kind = 'start' and answer ->> 'code' in ('ESCALATION_ALREADY_OPEN', 'ESCALATION_CASE_RESTORED'))
       union all select data ->> 'caseId' || ' has ' || count(*) || ' escalations' from processes
         where slug = 'escalation' and seq > 0 group by data ->> 'caseId' having count(*) <> 1`,
    );
    return found.map(({ what }) => what);
  }

  private async start(slug: string, processId: string, payload: Data): Promise<void> {
    const start = { slug, policyId: 'desk', policyVersion: 1, ownerId: OWNER };
    const inboxId = await this.accepted(
      { processId, kind: 'start', name: 'start', payload, start },
      ENGINEER,
    );
    void this.bench.deps.ringer.start({ tenantId: TENANT, processId, slug, lastSeq: 0 }, inboxId);
    await this.decided(inboxId);
  }

  private async take(processId: string, steps: readonly Step[]): Promise<void> {
    for (const [name, payload, actor] of steps) {
      const work = { processId, kind: 'command', name, payload, start: null } as const;
      const inboxId = await this.accepted(work, actor);
      void this.bench.deps.ringer.ring(processId, inboxId);
      await this.decided(inboxId);
    }
  }

  /** As a caller does it: the same again under the same key until it is acknowledged. */
  private async accepted(
    work: Pick<Acceptance, 'processId' | 'kind' | 'name' | 'payload' | 'start'>,
    actor: string,
  ): Promise<string> {
    const key = { principal: actor, value: randomUUID(), bodyHash: '' };
    const rest = { tenantId: TENANT, actor, onBehalfOf: null, expectedSeq: null, urgent: false, key };
    for (;;) {
      try {
        const accepted = await this.bench.deps.work.accept({ ...work, ...rest });
        if (accepted.kind === 'accepted' || accepted.kind === 'known') return accepted.inboxId;
        if (accepted.kind !== 'busy') throw new Error(`not accepted: ${accepted.kind}`);
      } catch (error) {
        if (!isInfrastructure(error)) throw error;
      }
      await pause(RETRY_MS);
    }
  }

  private async decided(inboxId: string): Promise<void> {
    await this.until(`${inboxId} is decided`, async () => {
      const [row] = await this.rows<{ answer: { outcome: string; code?: string } | null }>(
        'select answer from inbox where id = :inboxId',
        { inboxId },
      );
      const { outcome, code } = row?.answer ?? { outcome: 'accepted' };
      // Its age came first.
      if (outcome !== 'accepted' && code !== 'ESCALATION_ALREADY_OPEN') throw new Error(JSON.stringify(row));
      return row?.answer != null;
    });
  }

  private async statusOf(id: string): Promise<string | undefined> {
    return (await this.rows<{ status: string }>('select status from processes where id = :id', { id }))[0]
      ?.status;
  }

  private async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    await until(what, condition, this.patienceMs);
  }

  private async rows<R>(sql: string, bindings: Readonly<Record<string, string>> = {}): Promise<readonly R[]> {
    return this.bench.database.as('step', { tenant: TENANT }, async (trx) => trx.rows<R>(sql, bindings));
  }
}

function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
