/** Seeded worlds of cases and their escalations, which are told of each other late, twice and in any order. */
import { isDeepStrictEqual } from 'node:util';
import { levels } from '../../domain/contact-matrix/matrix.js';
import { agreedChanges, agreedPriority, type CaseFacts } from '../../domain/escalation/facts.js';
import type { EscalationData } from '../../domain/escalation/data.js';
import type { MemoryEffect } from '../../domain/kernel/memory-store.js';
import type { Data } from '../../domain/kernel/words.js';
import { priorities } from '../../domain/priority.js';
import type { CaseData } from '../../domain/support-case/data.js';
import { escalationLook, escalationsOf, withEscalations } from '../support/escalation-world.js';
import { JAN, KIM, MARIA, SAM } from '../processes/journeys.js';
import { aDesk, CALL, DANA, NOOR, REMY, TONI } from '../processes/journeys-support-case.js';
import { exampleContract, TENANT } from '../support/world.js';
import { HOUR, Simulation } from './simulation.js';

const CONTRACT = 'con_1';
const states = ['open', 'workaround', 'resolved', 'closed'] as const;

export class DeskSimulation extends Simulation {
  protected override readonly people = [MARIA, JAN, NOOR, REMY, TONI, DANA, SAM, KIM];
  protected override readonly mostDays = 2;
  private opened = 0;

  protected override async begin(): Promise<void> {
    const { world } = this;
    const at = new Date(this.now).toISOString();
    await aDesk(this.chance(0.5) ? withEscalations(world) : world);
    await world.start('contract', CONTRACT, exampleContract(), at);
    await world.command(CONTRACT, 'activate', { portalRegisteredOn: '2026-11-02' }, at, KIM);
    this.open('supportCase', {
      ...CALL,
      priority: this.pick(priorities),
      caller: this.pick([{ personId: MARIA }, { personId: MARIA }, { name: 'Uwe Nord', phone: '+49 30 1' }]),
      source: this.pick(['seniorDesk', 'api']),
    });
    await this.rest();
  }

  protected override act(): void {
    // Two people may ask in the same instant.
    for (let times = this.chance(0.15) ? this.pick([1, 2]) : 0; times > 0; times -= 1) this.escalate();
    if (this.chance(0.1)) this.argue();
    if (this.chance(0.4)) this.reprioritise();
    else super.act();
  }

  /** Declined, and appealed against: what happens to the case in between is not told. */
  private argue(): void {
    const reason = { reason: 'It is a question.' };
    for (const id of this.of('escalation')) {
      const declined = this.world.store.processes.get(id)?.state?.status === 'declined';
      this.accept(id, 'command', declined ? 'appeal' : 'decline', reason, declined ? MARIA : NOOR, null);
    }
  }

  /** Raised at once; lowered in two steps, by consent or by the Duty Manager. */
  private reprioritise(): void {
    for (const id of this.of('supportCase')) {
      const data = this.world.store.processes.get(id)?.state?.data as CaseData | undefined;
      const [to, reason] = [this.pick(priorities), 'The site says so.'];
      const agreed = { to: data?.proposal?.to ?? to, agreedBy: MARIA, evidence: 'Agreed on the phone.' };
      const steps: readonly (readonly [string, Data, string])[] = data?.proposal
        ? [
            ['agreePriority', agreed, MARIA],
            ['agreePriority', agreed, NOOR],
            ['disputePriority', { reason }, JAN],
            ['decidePriority', { lower: this.chance(0.5), reason }, TONI],
          ]
        : [
            ['raisePriority', { to, reason }, MARIA],
            ['proposePriority', { to, reason }, NOOR],
          ];
      this.accept(id, 'command', ...this.pick(steps), null);
    }
  }

  private escalate(): void {
    const [caseId = ''] = this.of('supportCase');
    const payload = { contractId: CALL.contractId, caseId, reason: 'Nothing moves.' };
    this.open('escalation', payload);
  }

  private open(slug: string, payload: Data): void {
    const id = `${slug}_${String((this.opened += 1))}`;
    const policy = { id: 'standard', version: 1, body: this.world.policy };
    const ref = { id, tenantId: TENANT, slug, epoch: 0 };
    this.world.store.put({ ref, state: null, over: false, blocked: false, policy });
    this.accept(id, 'start', 'start', payload, this.pick([MARIA, NOOR, SAM]), null);
  }

  protected override payloadOf(id: string, name: string, example: Data): Data {
    const changes = {
      ...('to' in example && name.endsWith('Priority') ? { to: this.pick(priorities) } : {}),
      ...('lower' in example ? { lower: this.chance(0.5) } : {}),
      ...('reached' in example ? { reached: this.chance(0.5) } : {}),
      ...('level' in example ? { level: this.pick(levels) } : {}),
      ...('nextUpdateAt' in example ? { nextUpdateAt: this.instant(0.5) } : {}),
      ...(name === 'wait' && 'of' in example ? { of: this.pick(['endUser', 'delivery']) } : {}),
      ...(name === 'wait' && 'of' in example && this.chance(0.5)
        ? { pause: true, consent: { personId: MARIA, evidence: 'Call of today.' } }
        : {}),
      ...(name === 'wait' && 'on' in example ? { on: this.pick(['endUser', 'engineering', 'rma']) } : {}),
      ...(name === 'assign' || name === 'handOver' ? { to: this.pick([NOOR, REMY]) } : {}),
    };
    return super.payloadOf(id, name, { ...example, ...changes });
  }

  protected override signals(): Readonly<Record<string, readonly (readonly [string, Data])[]>> {
    const [caseId = ''] = this.of('supportCase');
    // Reports come late and twice: of few keys, about instants of the last days.
    const fact = {
      sourceKey: `k${String(Math.floor(this.random() * 12))}`,
      occurredAt: this.instant(-48 * this.random()),
    };
    return {
      contract: [['managerNamed', { personId: SAM }]],
      escalation: [
        ['caseChanged', { processId: caseId }],
        ['contractEnded', {}],
      ],
      supportCase: [
        ['reported', { ...fact, state: this.pick(states), text: '' }],
        ['reported', { ...fact, text: 'A note.' }],
        ['priorityReported', { ...fact, to: this.pick(priorities), reason: 'It says so.' }],
        ['calledOutside', { ...fact, caller: { personId: JAN }, impact: 'Hit as well.' }],
      ],
    };
  }

  /** What a process is told comes a second time now and then. */
  protected override perform(effect: MemoryEffect): void {
    super.perform(effect);
    if (!this.chance(0.2)) return;
    super.perform(effect);
    this.faults.doubled += 1;
  }

  protected override check(): void {
    super.check();
    for (const caseId of this.of('supportCase')) {
      const open = escalationsOf(this.world, caseId);
      if (open.length > 1) throw new Error(`${caseId} has ${String(open.length)} open escalations`);
    }
  }

  /** However late, often and disordered they were told: at rest escalations stand as their cases do. */
  private checkAgreement(): void {
    for (const caseId of this.of('supportCase')) {
      for (const id of escalationsOf(this.world, caseId)) {
        const data = this.world.stateOf(id).data as unknown as EscalationData;
        const facts = escalationLook(this.world, { data: { ...data }, payload: {} })['case'] as CaseFacts;
        const stands = [data.priority, data.changes, data.caseClosedAt !== null];
        const wanted = [agreedPriority(facts), agreedChanges(facts.priorityHistory), facts.closed];
        if (!isDeepStrictEqual(stands, wanted))
          throw new Error(`${id} stands at ${JSON.stringify(stands)}, its case at ${JSON.stringify(wanted)}`);
      }
    }
  }

  protected override async end(): Promise<void> {
    await this.rest();
    this.checkAgreement();
    const slugs = ['supportCase', 'escalation'];
    for (const slug of this.chance(0.5) ? slugs : slugs.reverse()) {
      for (const [name, payload, actor] of this.endings(slug)) {
        // Watched for a day before closure is asked for.
        if (name === 'consentClosure') this.now += 25 * HOUR;
        await this.rest();
        for (const id of this.of(slug)) this.accept(id, 'command', name, payload, actor(id), null);
        await this.rest();
        this.checkAgreement();
      }
    }
    await super.end();
  }

  private endings(slug: string): readonly (readonly [string, Data, (id: string) => string])[] {
    const owner = (id: string) => this.world.store.processes.get(id)?.state?.ownerId ?? '';
    const engineer = (id: string) =>
      (this.world.store.processes.get(id)?.state?.data['engineerId'] as string | null) ?? NOOR;
    const reason = { reason: 'The story ends.' };
    const agreed = { agreedBy: MARIA, evidence: 'Agreed on the phone.' };
    const failed = ['recordFailedContact', {}, () => NOOR] as const;
    if (slug === 'supportCase')
      return [
        ...[failed, failed, failed],
        ['abandon', reason, () => TONI],
        ['satisfy', { outcome: 'It is there.' }, () => TONI],
        ['startDiagnosis', {}, engineer],
        ['resolve', { rootCause: 'A card failed.' }, engineer],
        ['consentClosure', agreed, () => NOOR],
        // The end of a case does not settle its entitlement.
        ['refuseEntitlement', reason, () => KIM],
      ];
    const plan = { ownerId: NOOR, action: 'Replace the card.', nextUpdateAt: this.instant(0.5) };
    return [
      ['acknowledge', {}, () => NOOR],
      ['setPlan', plan, owner],
      ['resolve', { rootCause: 'A card failed.' }, owner],
      ['agreeClosure', {}, () => MARIA],
      ['deliverReport', { reference: 'Archive 4711' }, owner],
    ];
  }

  /** Of a contract little happens at a desk. */
  protected override concerned() {
    const all = this.processes();
    return this.chance(0.1) ? all : all.filter(({ slug }) => slug !== 'contract');
  }

  private of(slug: string): string[] {
    return this.processes().flatMap((one) => (one.slug === slug ? [one.id] : []));
  }

  private instant(hours: number): string {
    return new Date(this.now + hours * HOUR).toISOString();
  }
}
