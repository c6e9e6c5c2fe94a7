/**
 * Generated lives of escalations through real runners on Temporal, over a Postgres whose business time is moved from
 * instant to instant: what was done to each of them in memory is done again at the same instants, all side by side.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { createActivities } from '../../activities/index.js';
import type { EventRecord } from '../../domain/kernel/event.js';
import { ID, Life } from '../processes/escalation-generator.js';
import { factsOf, withEscalations } from '../support/escalation-world.js';
import { TENANT } from '../support/world.js';
import { openLivesBench, type LivesBench } from './lives-bench.js';
import { RecordedWorld, type Deed } from './recorded-world.js';

const SLUG = 'escalation';
/** How long an instant may take. */
const REST_LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 1_000;
const RING = { deadlineMs: 30_000 };

/** One life as it went in memory, and how many of its deeds were done again. */
export interface Lived {
  readonly seed: number;
  readonly processId: string;
  readonly world: RecordedWorld;
  done: number;
}

/** Lives an escalation in memory, and keeps what was done to it. */
export async function liveInMemory(seed: number): Promise<Lived> {
  const world = withEscalations(new RecordedWorld()) as RecordedWorld;
  await new Life(seed, world).live();
  return { seed, processId: `esc_${String(seed)}`, world, done: 0 };
}

/** Events as both stores tell them: all but the ids, the hashes over ids, and when they were recorded. */
function story(events: readonly EventRecord[]): readonly object[] {
  return events.map(
    ({ seq, event, from, via, to, trigger, actor, at, ownerId, dataHash, operations, told }) => ({
      ...{ seq, event, from, via, to, trigger, actor, at: new Date(at).toISOString() },
      ...{ ownerId, dataHash, operations, told },
    }),
  );
}

export function storyInMemory({ world }: Lived): readonly object[] {
  return story(world.store.events.filter(({ processId }) => processId === ID));
}

/** Lives them all again, on a database of their own; gives the story of each, by its process. */
export async function liveOnTemporal(
  lives: readonly Lived[],
): Promise<ReadonlyMap<string, readonly object[]>> {
  const open = new Map(lives.map((life) => [life.processId, life]));
  const bench = await openLivesBench(open);
  try {
    const stage = new Stage(bench, open);
    await bench.withWorker(() => stage.play(), { activities: { ...stage.activities() } });
    return stage.told;
  } finally {
    await bench.close();
  }
}

class Stage {
  readonly told = new Map<string, readonly object[]>();
  /** Business time of the runners; what is accepted belongs to the next instant before they have come there. */
  private now = 0;
  /** Called when an activity has ended: somebody may have come to rest. */
  private stirred: () => void = () => undefined;

  constructor(
    private readonly bench: LivesBench,
    private readonly open: Map<string, Lived>,
  ) {}

  /** The activities of a worker; the clock of a runner is as far from each instant as business time is. */
  activities() {
    const real = createActivities(this.bench.deps);
    const advance: typeof real.advance = async (input) => {
      const { now } = this;
      const report = await real.advance({ ...input, now });
      const seen = (instant: number): number => instant - now + input.now;
      return {
        ...report,
        nextMarkAt: report.nextMarkAt === null ? null : seen(report.nextMarkAt),
        effects: report.effects.map((one) => ({ ...one, nextAttemptAt: seen(one.nextAttemptAt) })),
      };
    };
    const stirring = Object.entries({ ...real, advance }).map(([name, run]) => [
      name,
      async (input: never) => run(input).finally(() => this.stirred()),
    ]);
    return Object.fromEntries(stirring) as typeof real;
  }

  /** From instant to instant. Deeds come before the marks of their instant; a second deed of one life comes after them. */
  async play(): Promise<void> {
    for (const life of this.open.values()) show(life);
    while (this.open.size > 0) {
      const at = Math.min(await this.nextDue(), ...[...this.open.values()].map((life) => deedOf(life).at));
      await this.bench.clock.query('update standing_clock set at = $1', [new Date(at)]);
      const acting = [...this.open.values()].filter((life) => deedOf(life).at === at);
      for (const life of acting) await this.accept(life);
      this.now = at;
      await this.rest();
      for (const life of acting) {
        life.done += 1;
        if (life.done < life.world.deeds.length) show(life);
        else await this.end(life);
      }
    }
  }

  private async accept(life: Lived): Promise<void> {
    const { row } = deedOf(life);
    if (!row) return;
    const { policyVersion } = this.bench;
    const start = { slug: SLUG, policyId: 'standard', policyVersion, ownerId: 'kim-field' };
    const accepted = await this.bench.deps.work.accept({
      ...row,
      ...{ tenantId: TENANT, processId: life.processId, onBehalfOf: null, expectedSeq: null },
      ...{ urgent: false, key: null, start: row.kind === 'start' ? start : null },
    });
    if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  }

  /** Wakes whoever has something to do at this instant, and waits until nothing is left to decide or to send. */
  private async rest(): Promise<void> {
    const rung = new Set<string>();
    for (const since = performance.now(); performance.now() - since < REST_LIMIT_MS;) {
      const stirred = new Promise<void>((resolve) => (this.stirred = resolve));
      const waiting = await this.restless();
      if (waiting.length === 0) return;
      for (const { id, what } of waiting) {
        // What a step has planned is done without a bell; a mark that a refusal has left due is not.
        if (rung.has(`${id} ${what}`) || (what === 'effect' && rung.has(id))) continue;
        rung.add(id).add(`${id} ${what}`);
        const runner = { tenantId: TENANT, processId: id, slug: SLUG, lastSeq: 0 };
        const answer = await this.bench.deps.ringer.wake(runner, RING);
        if (!answer.reached) throw new Error(`${id} was not reached: ${answer.problem}`);
      }
      await Promise.race([stirred, pause(LOOK_AGAIN_MS, null, { ref: false })]);
    }
    throw new Error(`They do not come to rest: ${JSON.stringify(await this.restless())}`);
  }

  private async restless(): Promise<readonly { readonly id: string; readonly what: string }[]> {
    const { rows } = await this.bench.clock.query<{ id: string; what: string }>(
      `select id, case when waits then 'row' when next_due_at <= at then 'mark' else 'effect' end as what
         from processes p cross join standing_clock cross join lateral (
           select exists (select from inbox i where i.process_id = p.id and state = 'pending') as waits) rows
        where id = any($1) and (waits or next_due_at <= at or exists (
          select from effects e where e.process_id = p.id
            and (state = 'sent' or state = 'planned' and next_attempt_at <= at)))`,
      [[...this.open.keys()]],
    );
    return rows;
  }

  /** Epoch milliseconds; infinite when nothing comes by itself. */
  private async nextDue(): Promise<number> {
    const { rows } = await this.bench.clock.query<{ due: Date | null }>(
      `select least((select min(next_due_at) from processes where id = any($1)),
         (select min(next_attempt_at) from effects where process_id = any($1) and state = 'planned')) as due`,
      [[...this.open.keys()]],
    );
    return rows[0]?.due?.getTime() ?? Infinity;
  }

  /** Nothing is compared after its last deed, so nobody drives it on. */
  private async end({ processId }: Lived): Promise<void> {
    this.open.delete(processId);
    try {
      await this.bench.client.workflow.getHandle(processId).terminate();
    } catch (error) {
      // It is over.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    const { rows } = await this.bench.clock.query<{ bytes: string }>(
      'select bytes from events where process_id = $1 order by seq',
      [processId],
    );
    this.told.set(processId, story(rows.map(({ bytes }) => JSON.parse(bytes) as EventRecord)));
  }
}

function deedOf({ world, done }: Lived): Deed {
  const deed = world.deeds[done];
  if (!deed) throw new Error('All its deeds are done.');
  return deed;
}

/** From now on the escalation reads what it read in memory until that deed. */
function show(life: Lived): void {
  Object.assign(factsOf(life.world), deedOf(life).facts);
}
