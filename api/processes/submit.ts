/** From a request to an accepted row and its answer (architecture §6): dry run, accept, ring, read the row. */
import { readDryRun, readStartInputs, type DryRun } from '../../db/read/dry-run.js';
import { readBoundKey, type BoundKey } from '../../db/read/inbox.js';
import { newId } from '../../db/store/ids.js';
import { recordRefusal } from '../../db/store/refusals.js';
import type { Acceptance, InboxView } from '../../db/store/types.js';
import { nextDue } from '../../domain/kernel/clocks.js';
import { decide, holdsRole, viewScene } from '../../domain/kernel/decide.js';
import { sha256 } from '../../domain/kernel/hash.js';
import { refuse } from '../../domain/kernel/refusals.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { Inputs, Refused } from '../../domain/kernel/state.js';
import type { LoadedProcess } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import type { Dependencies } from '../dependencies.js';
import { places } from '../http/places.js';
import { storeProblems } from './store-checks.js';

/** What came of a request. */
export type Submitted =
  | { readonly kind: 'answered'; readonly row: InboxView }
  | { readonly kind: 'pending'; readonly inboxId: string; readonly processId: string }
  /** Refused by the dry run: no row, nothing in the engine. */
  | { readonly kind: 'refused'; readonly refused: Refused }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'gone' };

interface Asked {
  readonly tenantId: string;
  readonly definition: Definition;
  readonly payload: Data;
  /** The person who asks; null: a system does, with a key of its own. */
  readonly actor: string | null;
  readonly idempotencyKey: string | null;
  readonly key?: NonNullable<Acceptance['key']>;
}

export interface CommandAsked extends Asked {
  readonly processId: string;
  readonly command: string;
  readonly expectedSeq: number | null;
}

export interface StartAsked extends Asked {
  readonly policy: { readonly id: string; readonly version: number };
  /** Owner of the process until its first step says who it is. */
  readonly ownerId: string;
  /** Called when the dry run has found nothing against the start, before anything is stored. */
  readonly prepare?: () => Promise<void>;
  /** Whose chain keeps a refusal, where the tenant itself may not stand yet. */
  readonly auditTenantId?: string;
}

/** Asks a process to take a command. */
export async function submitCommand(deps: Dependencies, asked: CommandAsked): Promise<Submitted> {
  const { tenantId, processId, definition, command, payload, actor, expectedSeq } = asked;
  const key = keyOf(asked, { processId, command });
  const dry = await readDryRun(deps.database, deps.inputs, { tenantId, processId, definition, payload, key });
  if (dry.kind === 'bound') return repeat(deps, tenantId, dry.bound, key?.bodyHash);
  if (!dry.read) return { kind: 'gone' };
  const { loaded } = dry.read;
  const refused = (await refusedByStore(deps, asked, dry.read)) ?? refusedByRules(asked, dry.read);
  if (refused) {
    const trigger = `command ${command}`;
    const entry = { tenantId, processId, code: refused.code, trigger, principal: actor };
    await recordRefusal(deps.database, { ...entry, kind: 'refusal' });
    return { kind: 'refused', refused };
  }
  const urgent = definition.words.commands[command]?.urgent ?? false;
  const work = {
    ...base(asked, key),
    processId,
    kind: 'command' as const,
    name: command,
    expectedSeq,
    urgent,
  };
  return acceptAndRing(deps, work, async (inboxId) => {
    // A process that is over has no runner: the relay decides its rows.
    if (!loaded.over) await deps.ringer.ring(processId, inboxId, { deadlineMs: deps.limits.answerMs });
  });
}

/** Whose ids are taken learns only who may give the command; to anybody else it is refused for its role. */
async function refusedByStore(
  deps: Dependencies,
  asked: CommandAsked,
  read: DryRun,
): Promise<Refused | null> {
  const { definition, command, actor } = asked;
  const { loaded, inputs, now } = read;
  const may = loaded.state && holdsRole(definition, command, viewScene(loaded.state, inputs, now, actor));
  // What stands before it may give him the role: what is accepted is checked all the same.
  if (!may && isFinal(loaded, now)) return null;
  const problems = await storeProblems(deps, asked);
  if (problems.length === 0) return null;
  return may ? refuse('PAYLOAD', problems) : refuse('ROLE');
}

function refusedByRules(asked: CommandAsked, { loaded, inputs, now }: DryRun): Refused | null {
  if (!isFinal(loaded, now)) return null;
  const { definition, command: name, actor, payload, expectedSeq } = asked;
  const fired = { kind: 'command' as const, name, at: now, actor, payload, expectedSeq };
  const decision = decide(definition, loaded.ref, loaded.state, fired, inputs);
  return decision.kind === 'refused' ? decision : null;
}

/** Starts a process of a kind. */
export async function submitStart(deps: Dependencies, asked: StartAsked): Promise<Submitted> {
  const { tenantId, definition, payload, actor, policy, ownerId } = asked;
  const { slug, prefix } = definition.words;
  const processId = newId(prefix);
  const key = keyOf(asked, { start: slug });
  const request = { tenantId, processId, definition, payload, policy, key };
  const dry = await readStartInputs(deps.database, deps.inputs, request);
  if (dry.kind === 'bound') return repeat(deps, tenantId, dry.bound, key?.bodyHash);
  const ref = { id: processId, tenantId, slug, epoch: 1 };
  const fired = { kind: 'start' as const, at: dry.read.now, actor, payload };
  const decision =
    lacking(definition, dry.read.inputs) ?? decide(definition, ref, null, fired, dry.read.inputs);
  if (decision.kind === 'refused') {
    const entry = {
      processId: null,
      code: decision.code,
      trigger: `start ${slug}`,
      principal: actor ?? key?.principal ?? null,
    };
    const chain = asked.auditTenantId ?? tenantId;
    await recordRefusal(deps.database, { ...entry, kind: 'refusal', tenantId: chain });
    return { kind: 'refused', refused: decision };
  }
  await asked.prepare?.();
  const start = { slug, policyId: policy.id, policyVersion: policy.version, ownerId };
  const work = {
    ...base(asked, key),
    processId,
    kind: 'start' as const,
    name: 'start',
    expectedSeq: null,
    urgent: false,
  };
  return acceptAndRing(deps, { ...work, start }, (inboxId) =>
    deps.ringer.start({ tenantId, processId, slug, lastSeq: 0 }, inboxId, {
      deadlineMs: deps.limits.answerMs,
    }),
  );
}

/** A policy set is never changed: one that is older than a kind, or than a figure of it, has nothing for it. */
function lacking({ words }: Definition, { policy }: Inputs): Refused | null {
  const read = words.policy.safeParse(policy.body);
  return read.success ? null : refuse('POLICY', places(read.error));
}

/** A refusal is final only where nothing stands before the command: rows to decide, or marks that are overdue. */
function isFinal(loaded: LoadedProcess, now: number): boolean {
  if (loaded.pending.length > 0 || loaded.state === null) return false;
  return !loaded.state.clocks.some((clock) => (nextDue(clock)?.dueAt ?? Infinity) <= now);
}

function base(asked: Asked, key: Acceptance['key']) {
  const { tenantId, payload, actor } = asked;
  return { tenantId, payload, actor, onBehalfOf: null, key, start: null } as const;
}

function keyOf(asked: Asked, what: Data): Acceptance['key'] {
  if (asked.key) return asked.key;
  if (asked.idempotencyKey === null || asked.actor === null) return null;
  const bodyHash = sha256({ ...what, payload: asked.payload });
  return { principal: asked.actor, value: asked.idempotencyKey, bodyHash };
}

async function acceptAndRing(
  deps: Dependencies,
  work: Acceptance,
  ring: (inboxId: string) => Promise<unknown>,
): Promise<Submitted> {
  const accepted = await deps.work.accept(work);
  switch (accepted.kind) {
    case 'busy':
    case 'conflict':
      return { kind: accepted.kind };
    case 'noProcess':
      return { kind: 'gone' };
    case 'known':
    case 'accepted': {
      const { inboxId, processId } = accepted;
      await ring(inboxId);
      return answerOf(deps, work.tenantId, inboxId, processId);
    }
  }
}

/** The row tells the truth, whatever became of the bell. */
async function answerOf(
  deps: Dependencies,
  tenantId: string,
  inboxId: string,
  processId: string,
): Promise<Submitted> {
  const row = await deps.work.readInbox(tenantId, inboxId);
  return row?.answer ? { kind: 'answered', row } : { kind: 'pending', inboxId, processId };
}

/** What came of an earlier request with the key; null when nothing is bound to it. */
export async function submittedBefore(
  deps: Dependencies,
  tenantId: string,
  key: NonNullable<Acceptance['key']>,
): Promise<Submitted | null> {
  const bound = await deps.database.as('step', { tenant: tenantId, reads: true }, async (trx) =>
    readBoundKey(trx, tenantId, key),
  );
  return bound && repeat(deps, tenantId, bound, key.bodyHash);
}

async function repeat(
  deps: Dependencies,
  tenantId: string,
  bound: BoundKey,
  bodyHash: string | undefined,
): Promise<Submitted> {
  if (bound.bodyHash !== bodyHash) return { kind: 'conflict' };
  return answerOf(deps, tenantId, bound.inboxId, bound.processId);
}
