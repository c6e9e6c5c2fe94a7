/** A crowd of errands that is driven through while something is being broken, and everything that must hold of it then. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Acceptance } from '../../db/store/types.js';
import { isInfrastructure } from '../../db/infrastructure.js';
import type { RecordingReceiver } from '../../integrations/paging/recording.js';
import type { Bench } from '../engine/bench.js';
import { commandOf, newErrandId, startOf, TENANT } from '../engine/bench.js';
import { answersOf, until } from '../engine/look.js';
import { violations } from '../engine/violations.js';
import type { SmtpReceiver } from '../mail/smtp-receiver.js';

const SLUGS = ['contract', 'onboarding', 'document', 'handover', 'drill'] as const;
/** Of so many members the first is the parent of the others, and the last one has a child of its own. */
const GROUP = 10;
const TOUCHES = 2;
const RETRY_MS = 100;
/** As many in a minute as T1 has in all: a fast machine must not accept in a minute what it then works on for a quarter of an hour. */
const GROUP_EVERY_MS = 600;
/** Callers do not wait for answers here: what is not heard is the relay's. */
const BELL_MS = 1_000;

interface Member {
  readonly id: string;
  readonly slug: string;
  readonly parentId: string;
  readonly child: boolean;
}

export class Crowd {
  /** Rows whose acceptance was acknowledged. */
  readonly rows: string[] = [];
  /** How often something had to be asked again, because the store was away or busy. */
  retried = 0;
  private readonly members: Member[] = [];
  private readonly finished = new Set<string>();

  constructor(private readonly bench: Pick<Bench, 'database' | 'deps'>) {}

  get size(): number {
    return this.members.length;
  }

  /** Starts so many errands of every kind and touches and finishes each; resolves when all of it is acknowledged. */
  async drive(count: number, atOnce = 8): Promise<void> {
    const members = Array.from({ length: count }, (_, index) => this.member(index));
    // Parents first: what is told to them needs them in the store.
    for (const member of members.filter((one) => one.parentId === '')) await this.begin(member);
    await inLanes(members, atOnce, async (member) => {
      if (member.parentId !== '') await this.begin(member);
      for (let touch = 1; touch < TOUCHES; touch += 1) await this.send(member.id, 'touch');
    });
    await inLanes(members, atOnce, async (member) => {
      await this.send(member.id, 'touch');
      await this.send(member.id, 'finish');
    });
  }

  /** Drives more and more of them while `wanted` says so, a group at a time. */
  async driveWhile(wanted: () => boolean): Promise<void> {
    while (wanted()) await Promise.all([this.drive(GROUP), pause(GROUP_EVERY_MS)]);
  }

  /** Waits until all are closed, the children too, and nothing is left in the middle. */
  async settle(withinMs: number, receiver: Pick<SmtpReceiver, 'received'>): Promise<void> {
    await this.until('all are closed', () => this.closed(), withinMs);
    // A message whose outcome comes late moves its process once more: all of it must be at rest at once.
    const settled = async () => (await this.problems(receiver)).length === 0;
    await this.until('nothing is left in the middle', settled, withinMs);
  }

  /** Says what stands in the way when it does not come. */
  private async until(what: string, condition: () => Promise<boolean>, withinMs: number): Promise<void> {
    try {
      let alarm: readonly string[] = [];
      const asWanted = async () => (alarm = await this.restored()).length > 0 || (await condition());
      await until(what, asWanted, withinMs);
      if (alarm.length > 0) throw new Error('Nothing is written any more.');
    } catch (error) {
      const open = (await this.books())
        .filter((book) => !book.closed)
        .map(({ id, status }) => `${id} is ${status}`);
      const found = [...(await this.restored()), ...(await this.violations()), ...open];
      throw new Error(`${(error as Error).message}\n${found.slice(0, 20).join('\n')}`, { cause: error });
    }
  }

  /** Every violation of what was promised to callers, processes and receivers; empty when all is well. */
  async problems(receiver: Pick<SmtpReceiver, 'received'>): Promise<readonly string[]> {
    return [
      ...(await this.restored()),
      // Before the invariants: what is settled between the two leaves a row that they find.
      ...(await mailProblems(this.bench, receiver)),
      ...(await this.violations()),
      ...(await this.lostRows()),
      ...(await this.wrongBooks()),
    ];
  }

  /** What was not decided, or not as it was asked for. */
  private async lostRows(): Promise<readonly string[]> {
    const answers = await answersOf(this.bench, this.rows);
    return this.rows
      .map((row, index) => `row ${row}: ${answers[index] ?? 'not decided'}`)
      .filter((_, index) => answers[index] !== 'accepted');
  }

  /** Processes that do not tell what was done to them. */
  private async wrongBooks(): Promise<readonly string[]> {
    const books = await this.books();
    const problems: string[] = [];
    for (const { id, child } of this.members) {
      const book = books.find((one) => one.id === id);
      const told = this.members.filter((member) => member.parentId === id).length;
      const children = books.filter((one) => one.parentId === id && !this.isMember(one.id)).length;
      if (book?.touches !== TOUCHES) problems.push(`${id} was touched ${String(book?.touches)} times`);
      if (book?.childrenDone !== told + children)
        problems.push(`${id} heard of ${String(book?.childrenDone)} children of ${told + children}`);
      if (children !== (child ? 1 : 0)) problems.push(`${id} has ${children} children`);
    }
    return problems;
  }

  /** No fault of these tests makes a store older: restored mode would be a false alarm. */
  private async restored(): Promise<readonly string[]> {
    return this.bench.database.as('admin', {}, async (trx) => {
      const modes = await trx.rows<{ found: string }>(
        `select 'restored mode: ' || found_by || ' ' || evidence::text as found from restored_modes`,
      );
      return modes.map(({ found }) => found);
    });
  }

  private violations(): Promise<readonly string[]> {
    return violations(this.bench);
  }

  private isMember(id: string): boolean {
    return this.members.some((member) => member.id === id);
  }

  private member(index: number): Member {
    const place = index % GROUP;
    const parentId = place === 0 ? '' : (this.members[this.members.length - place]?.id ?? '');
    const slug = SLUGS[index % SLUGS.length] ?? 'contract';
    const member = { id: newErrandId(), slug, parentId, child: place === GROUP - 1 };
    this.members.push(member);
    return member;
  }

  private async begin({ id, slug, parentId, child }: Member): Promise<void> {
    const inboxId = await this.accepted(startOf(id, { parentId, child }, slug));
    const input = { tenantId: TENANT, processId: id, slug, lastSeq: 0 };
    void this.bench.deps.ringer.start(input, inboxId, { deadlineMs: BELL_MS });
  }

  private async send(id: string, name: string): Promise<void> {
    const inboxId = await this.accepted(commandOf(id, name));
    void this.bench.deps.ringer.ring(id, inboxId, { deadlineMs: BELL_MS });
  }

  /** As a caller does it: the same again under the same key until it is acknowledged. */
  private async accepted(work: Acceptance): Promise<string> {
    for (;;) {
      try {
        const accepted = await this.bench.deps.work.accept(work);
        if (accepted.kind === 'accepted' || accepted.kind === 'known') {
          this.rows.push(accepted.inboxId);
          return accepted.inboxId;
        }
        if (accepted.kind !== 'busy') throw new Error(`not accepted: ${accepted.kind}`);
      } catch (error) {
        if (!isInfrastructure(error)) throw error;
      }
      this.retried += 1;
      await pause(RETRY_MS);
    }
  }

  /** Whether all are closed; finishes children that have begun meanwhile. */
  private async closed(): Promise<boolean> {
    const books = await this.books();
    const open = books.filter((book) => !book.closed);
    for (const { id, status } of open) {
      if (status === '' || this.isMember(id) || this.finished.has(id)) continue;
      this.finished.add(id);
      await this.send(id, 'touch');
      await this.send(id, 'touch');
      await this.send(id, 'finish');
    }
    const wanted = this.members.length + this.members.filter((member) => member.child).length;
    return open.length === 0 && books.length === wanted;
  }

  private async books() {
    return this.bench.database.as('step', { tenant: TENANT }, async (trx) =>
      trx.rows<Book>(
        `select id, status, closed, coalesce(data ->> 'parentId', '') as "parentId",
           (data -> 'touches')::integer as touches, (data -> 'childrenDone')::integer as "childrenDone"
           from processes`,
      ),
    );
  }
}

interface Book {
  readonly id: string;
  readonly status: string;
  readonly closed: boolean;
  readonly parentId: string;
  readonly touches: number | null;
  readonly childrenDone: number | null;
}

/** Works on all, a few at a time. */
export async function inLanes<T>(
  all: readonly T[],
  lanes: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const queue = [...all];
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** How often each message was received, by its business key. */
export function receivedByKey(receiver: Pick<SmtpReceiver, 'received'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const mail of receiver.received) {
    const key = mail.headers.find((header) => header.key === 'x-careplus-key')?.value ?? '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Confirmed means received once, unknown at most once and one task; other effects are confirmed. */
export async function mailProblems(
  bench: Pick<Bench, 'database'>,
  receiver: Pick<SmtpReceiver, 'received'>,
): Promise<readonly string[]> {
  const received = receivedByKey(receiver);
  const effects = await bench.database.as('step', { tenant: TENANT }, async (trx) =>
    trx.rows<{ key: string; kind: string; state: string; tasks: number }>(
      `select key, kind, state, (select count(*)::integer from tasks t
           where t.process_id = e.process_id and t.kind = 'attention' and t.subject = e.id) as tasks
         from effects e`,
    ),
  );
  const problems = [...received]
    .filter(([, count]) => count > 1)
    .map(([key, count]) => `${key} was sent ${count} times`);
  for (const { key, kind, state, tasks } of effects) {
    const count = received.get(key) ?? 0;
    if (kind === 'mail' && state === 'unknown') {
      if (tasks !== 1) problems.push(`${key} is unknown and has ${tasks} tasks`);
    } else if (state !== 'confirmed') problems.push(`${key} is ${state}`);
    else if (kind === 'mail' && count !== 1)
      problems.push(`${key} is confirmed and was received ${count} times`);
  }
  return problems;
}

/** Every try was sent at most once, whoever was killed, and every page that was not dropped went out on some channel. */
export async function pageProblems(
  bench: Pick<Bench, 'database'>,
  receiver: Pick<RecordingReceiver, 'kept'>,
): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const { headers } of receiver.kept) {
    const key = headers['idempotency-key'] ?? headers['webhook-id'] ?? '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const pages = await bench.database.as('admin', {}, async (trx) =>
    trx.rows<{ key: string; state: string; tries: number; unsent: readonly string[] }>(
      `select e.key, e.state, count(t.id)::integer as tries,
         coalesce(array_agg(t.id) filter (where t.outcome in ('accepted', 'delivered') and not t.joined
           and t.channel <> 'mail' and t.id <> all(:sent::text[])), '{}') as unsent
         from effects e left join page_tries t on t.tenant_id = e.tenant_id and t.effect_id = e.id
        where e.kind = 'page' group by e.tenant_id, e.id`,
      { sent: [...counts.keys()] },
    ),
  );
  return [
    ...[...counts].filter(([, count]) => count > 1).map(([key, count]) => `${key} was sent ${count} times`),
    ...pages.flatMap(({ key, state, tries, unsent }) => [
      ...(state === 'dropped' || (state === 'confirmed' && tries > 0)
        ? []
        : [`${key} is ${state} after ${tries} tries`]),
      ...unsent.map((id) => `${id} of ${key} is said to have been sent`),
    ]),
  ];
}
