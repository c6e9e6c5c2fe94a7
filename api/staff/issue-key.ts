/** Makes secrets of API keys: random, shown once, stored as a hash. */
import { randomBytes } from 'node:crypto';
import { businessNow } from '../../db/business-clock.js';
import {
  createApiKey,
  rotateApiKey,
  type Issued,
  type KeyRequest,
  type Scope,
} from '../../db/provision/keys.js';
import { sha256 } from '../../domain/kernel/hash.js';
import type { Dependencies } from '../dependencies.js';
import { iso } from '../http/instants.js';
import { problem } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { hashOfSecret } from '../middleware/authenticate.js';

type Parts = Pick<Dependencies, 'database' | 'limits'>;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What is shown once. */
export interface ShownKey {
  readonly id: string;
  readonly key: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** When a key ends: as asked for, else after the usual time; a text when that is not possible. */
export async function endOfKey(deps: Parts, asked: string | undefined): Promise<number | string> {
  const now = await deps.database.as('relay', {}, businessNow);
  const { keyDays, keyMostDays } = deps.limits;
  if (asked === undefined) return now + keyDays * DAY_MS;
  const end = Date.parse(asked);
  if (end <= now) return 'lies in the past';
  if (end > now + keyMostDays * DAY_MS) return `is more than ${String(keyMostDays)} days from now`;
  return end;
}

/** What a repeat of a request is known by; null without an Idempotency-Key. */
export function requestOf(
  principal: string,
  idempotencyKey: string | null,
  what: unknown,
): KeyRequest | null {
  return idempotencyKey === null ? null : { principal, value: idempotencyKey, bodyHash: sha256({ what }) };
}

/** Makes a key of a person. */
export async function issueKey(
  deps: Pick<Dependencies, 'database'>,
  asked: {
    readonly tenantId: string;
    readonly personId: string;
    readonly label: string;
    readonly scopes: readonly Scope[];
    /** Epoch milliseconds. */
    readonly expiresAt: number;
    readonly request: KeyRequest | null;
  },
  actor: string | null,
): Promise<ShownKey | Reply> {
  const secret = newSecret();
  const issued = await createApiKey(deps.database, { ...asked, secretHash: hashOfSecret(secret) }, actor);
  return shown(issued, secret, asked.scopes);
}

/** Gives a key another secret; null for a key that is not there or has ended. */
export async function rotateKey(
  deps: Parts,
  key: { readonly id: string; readonly scopes: readonly Scope[] },
  asked: { readonly expiresAt: number; readonly graceHours: number; readonly request: KeyRequest | null },
  actor: string,
): Promise<ShownKey | Reply | null> {
  const secret = newSecret();
  const { graceHours, ...rest } = asked;
  const rotation = { ...rest, graceMs: graceHours * HOUR_MS, secretHash: hashOfSecret(secret) };
  const issued = await rotateApiKey(deps.database, key.id, rotation, actor);
  return issued && shown(issued, secret, key.scopes);
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}

function shown(issued: Issued, secret: string, scopes: readonly Scope[]): ShownKey | Reply {
  if (issued.kind === 'otherBody') return problem('IDEMPOTENCY_KEY_REUSED');
  if (issued.kind === 'repeated') return problem('SECRET_SHOWN', { members: { keyId: issued.id } });
  const { id, expiresAt } = issued;
  return { id, key: `cp_${id}_${secret}`, scopes, expiresAt: iso(expiresAt) };
}
