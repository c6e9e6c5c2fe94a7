/** Who was erased is nowhere to be read any more, and the record still proves itself. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runArchive } from '../../activities/jobs/archive.js';
import type { ActivityLog } from '../../activities/log.js';
import { archivedOf } from '../../db/audit/archive.js';
import { ERASED } from '../../db/audit/redact.js';
import { businessNow } from '../../db/business-clock.js';
import { createApiKey } from '../../db/provision/keys.js';
import { savePeople } from '../../db/provision/tenants.js';
import { skipParked } from '../../db/store/park.js';
import { decideUnknown } from '../../db/store/unknown.js';
import { recordingArchive } from '../../integrations/archive/recording.js';
import { openAuditor, type Auditor } from '../db/support/auditor.js';
import { raw } from '../db/support/raw.js';
import { aPerson } from '../db/support/world.js';
import { openBench, TENANT, type Bench } from '../engine/bench.js';
import { textOfHistory } from '../engine/histories.js';
import { statusOf, until, untilOver } from '../engine/look.js';
import { talks } from './talk.js';

const SUBJECT = {
  id: 'per-4711',
  name: 'Hildegard "Hilla" Wunderlich',
  email: 'hilla.w@acme.example',
  phone: '+49 30 5550 4711',
};
/** What she wrote; other people quote it and her in processes of their own. */
const TEXTS = ['My sister in Bergen keeps the spare key.', 'Please call me after my knee surgery.'];
const TITLE = 'Move of Hildegard "Hilla" Wunderlich to Bergen';
const QUOTED = 'Spoke with hilla.w@acme.example about the rack.';
const INNOCENT = 'The rack is in room four.';
/** Why she decided something that belongs to others. */
const REASONS = ['I heard them laugh about it.', 'I had no patience left.'];
const READABLE = [SUBJECT.name, SUBJECT.email, SUBJECT.phone, ...TEXTS, TITLE, QUOTED, ...REASONS];

let bench: Bench;
let auditor: Auditor;
const logLines: string[] = [];
const log: ActivityLog = {
  info: (fields, message) => void logLines.push(JSON.stringify({ ...fields, message })),
  warn: (fields, message) => void logLines.push(JSON.stringify({ ...fields, message })),
  error: (fields, message) => void logLines.push(JSON.stringify({ ...fields, message })),
};
const archive = recordingArchive();
let ended: string;
let quoting: string;
let untouched: string;

async function begin(title: string): Promise<string> {
  const processId = `tlk_${randomUUID().replaceAll('-', '')}`;
  const accepted = await bench.deps.work.accept({
    ...{ tenantId: TENANT, processId, kind: 'start', name: 'start', actor: 'olga', onBehalfOf: null },
    ...{ payload: { guest: SUBJECT.id, title }, expectedSeq: null, urgent: false, key: null },
    start: { slug: 'onboarding', policyId: 'standard', policyVersion: 1, ownerId: 'olga' },
  });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  const at = { tenantId: TENANT, processId, slug: 'onboarding', lastSeq: 0 };
  await bench.deps.ringer.start(at, accepted.inboxId);
  return processId;
}

async function ask(processId: string, actor: string, name: string, payload: Record<string, unknown>) {
  const accepted = await bench.deps.work.accept({
    ...{ tenantId: TENANT, processId, kind: 'command', name, payload, actor, onBehalfOf: null },
    ...{ expectedSeq: null, urgent: false, start: null },
    key: { principal: actor, value: randomUUID(), bodyHash: '' },
  });
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`);
  await bench.deps.ringer.ring(processId, accepted.inboxId);
}

const say = async (processId: string, actor: string, text: string) =>
  ask(processId, actor, 'note', { text, internal: false });

async function finish(processId: string): Promise<void> {
  await ask(processId, 'olga', 'finish', {});
  await untilOver(bench, processId);
  await bench.client.workflow.getHandle(processId).result();
}

/** As an operator: of a message that may have arrived, and of a trigger that cannot be worked on. */
async function decideForOthers(processId: string): Promise<void> {
  const { database } = bench;
  const [sent, given] = REASONS as [string, string];
  const effectId = await raw(bench.url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `update effects set state = 'unknown' where id in (select min(id) from effects where process_id = $1 and recipient_id = 'olga') returning id`,
      [processId],
    );
    return rows[0]?.id ?? '';
  });
  const by = SUBJECT.id;
  const decision = { verdict: 'resend', by, reason: sent } as const;
  expect(await decideUnknown(database, { tenantId: TENANT, effectId }, decision, null)).toEqual({
    processId,
  });
  const row = await bench.deps.work.accept({
    ...{ tenantId: TENANT, processId, kind: 'command', name: 'note', actor: 'olga', onBehalfOf: null },
    ...{ payload: { text: INNOCENT, internal: false }, expectedSeq: null, urgent: false, start: null },
    key: { principal: 'olga', value: randomUUID(), bodyHash: '' },
  });
  if (row.kind !== 'accepted') throw new Error(`not accepted: ${row.kind}`);
  const at = { tenantId: TENANT, processId };
  await bench.deps.work.park(at, { inboxId: row.inboxId }, 'a defect');
  expect(await skipParked(database, at, by, given)).toBe(true);
}

/** Every table with how many of its rows say one of the texts, in any column. */
async function tablesSaying(texts: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  await raw(bench.url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: unknown }>(`select to_jsonb(t) as row from ${name} t`);
      const saying = rows.filter(({ row }) => says(textOf(row), texts)).length;
      if (saying > 0) found[name] = saying;
    }
  });
  return found;
}

/** Every string below a value, also those of JSON that is stored as text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return /^[[{]/.test(value) ? `${value}\n${inner(value)}` : value;
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (value === null || typeof value !== 'object') return String(value);
  return Object.values(value).map(textOf).join('\n');
}

function inner(text: string): string {
  try {
    return textOf(JSON.parse(text));
  } catch (error) {
    if ((error as Error).name === 'SyntaxError') return '';
    throw error;
  }
}

function says(text: string, texts: readonly string[]): boolean {
  const low = text.toLowerCase();
  return texts.some((each) => low.includes(each.toLowerCase()));
}

beforeAll(async () => {
  bench = await openBench({ registry: talks, log });
  const staff = [aPerson('ava', { grants: ['auditor'] }), aPerson('dana', { grants: ['supportDirector'] })];
  await savePeople(bench.database, 'provider', staff, null);
  const { id, name, email, phone } = SUBJECT;
  await savePeople(bench.database, TENANT, [aPerson(id, { name, email, phone })], 'olga');
  const label = `Laptop of ${name}`;
  const secret = { secretHash: 'x', expiresAt: Date.now() + 3_600_000, request: null };
  const key = { tenantId: TENANT, personId: id, label, scopes: ['read'] as const, ...secret };
  await createApiKey(bench.database, key, 'olga');
  const now = async () => bench.database.as('relay', {}, businessNow);
  auditor = await openAuditor({ database: bench.database, now }, talks);
  await bench.withWorker(async () => {
    ended = await begin(TITLE);
    quoting = await begin('Rack');
    untouched = await begin('Quiet');
    for (const text of TEXTS) await say(ended, SUBJECT.id, text);
    await say(quoting, 'olga', QUOTED);
    await say(untouched, 'olga', INNOCENT);
    await until('all is told', async () => bench.mail.attempts.length >= 8);
    await finish(ended);
  });
  await decideForOthers(untouched);
  await auditor.checkpoint();
}, 60_000);
afterAll(async () => {
  await auditor.close();
  await bench.close();
});

const erase = async (reason = 'request of 12 March', as = 'dana') =>
  auditor.careplus(['audit', 'erase', SUBJECT.id, '--reason', reason, '--yes'], as);

describe('before it', () => {
  it('the database is full of her: the search finds what it looks for', async () => {
    const found = await tablesSaying(READABLE);
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(['api_keys', 'effects', 'event_details', 'inbox', 'people', 'processes']),
    );
    for (const text of [SUBJECT.phone, ...TEXTS, TITLE, QUOTED, ...REASONS])
      expect(Object.keys(await tablesSaying([text]))).not.toEqual([]);
    expect((await auditor.verify()).problems).toEqual([]);
  });
});

describe('erasing is refused', () => {
  it('while a running process works with a text that names her', async () => {
    const { code, err } = await erase();
    expect(code).toBe(1);
    expect(err).toContain(quoting);
    expect(err).not.toContain(untouched);
    expect((await tablesSaying(TEXTS))['event_details']).toBeGreaterThan(0);
  });

  it('to everybody but the support director', async () => {
    for (const as of ['ava', 'olga', SUBJECT.id]) expect((await erase('request', as)).code).toBe(1);
  });

  it('for a reason that names her, and without anybody who agrees', async () => {
    for (const reason of ['Frau Wunderlich asked', 'mail from hilla.w@acme.example'])
      expect(await erase(reason)).toMatchObject({ code: 2, err: expect.stringMatching(/names the person/) });
    const words = ['audit', 'erase', SUBJECT.id, '--reason', 'request'];
    expect(await auditor.careplus(words, 'dana')).toMatchObject({ code: 2 });
  });

  it('for nobody', async () => {
    const words = ['audit', 'erase', 'per-0', '--reason', 'request', '--yes'];
    expect(await auditor.careplus(words, 'dana')).toMatchObject({ code: 1 });
  });
});

describe('after it', () => {
  beforeAll(async () => {
    await bench.withWorker(async () => finish(quoting));
    const { code, err } = await erase();
    expect({ code, err }).toEqual({ code: 0, err: '' });
  }, 60_000);

  it('no column of any table says her name, address, telephone or what she wrote', async () => {
    expect(await tablesSaying(READABLE)).toEqual({});
  });

  it('what others wrote in a process that does not concern her is still there', async () => {
    expect(Object.keys(await tablesSaying([INNOCENT]))).toEqual(
      expect.arrayContaining(['event_details', 'processes']),
    );
    expect((await statusOf(bench, untouched))?.status).toBe('open');
  });

  it('what she decided for others is still known, and that it was she', async () => {
    const [found] = await raw(bench.url, async (client) => {
      const { rows } = await client.query<{ decisions: object[]; text: string }>(
        `select (select evidence -> 'decisions' from effects where process_id = $1 and evidence ? 'decisions') as decisions,
           (select answer ->> 'text' from inbox where process_id = $1 and state = 'skipped') as text`,
        [untouched],
      );
      return rows;
    });
    expect(found?.decisions).toMatchObject([{ verdict: 'resend', by: SUBJECT.id, reason: ERASED }]);
    expect(found?.text).toBe(`Given up by ${SUBJECT.id}: ${ERASED}`);
  });

  it('every chain and every checkpoint verifies, those of before and those of after', async () => {
    expect((await auditor.verify()).problems).toEqual([]);
    expect(await auditor.checkpoint()).toMatchObject({ written: 1 });
    expect((await auditor.verify()).problems).toEqual([]);
  });

  it('deciding again counts what was erased and finds no difference', async () => {
    const { code, out } = await auditor.careplus(['audit', 'redecide', '--json'], 'ava');
    expect(code).toBe(0);
    const report = JSON.parse(out) as Record<'checked' | 'erased', number>;
    expect(report).toMatchObject({ differences: [], rulesChanged: [] });
    expect(report.erased).toBeGreaterThanOrEqual(7);
    expect(report.checked).toBeGreaterThan(0);
  });

  it('the ended process can still be read: its course, without its texts', async () => {
    const { code, out } = await auditor.careplus(['audit', 'export', ended], 'ava');
    expect(code).toBe(0);
    const { timeline } = JSON.parse(out) as { timeline: readonly unknown[] };
    expect(timeline).toHaveLength(4);
    expect(says(textOf(JSON.parse(out)), READABLE)).toBe(false);
  });

  it('no history of the engine says anything of her, nor does the archive', async () => {
    const { database, client, taskQueue } = bench;
    await until('the histories are archived', async () => {
      await runArchive({ database, client, taskQueue, archive, log });
      return (
        (await archivedOf(database, ended)).length > 0 && (await archivedOf(database, quoting)).length > 0
      );
    });
    expect(archive.held.size).toBeGreaterThanOrEqual(2);
    const histories = [...archive.held.values()].map(clear);
    for (const id of [ended, quoting, untouched])
      histories.push(textOfHistory(await client.workflow.getHandle(id).fetchHistory()));
    expect(histories.join().length).toBeGreaterThan(1_000);
    expect(says(histories.join('\n'), READABLE)).toBe(false);
  });

  it('a bundle made now says nothing of her', async () => {
    await auditor.checkpoint();
    const path = join(auditor.home, 'bundle.json');
    const { code } = await auditor.careplus(['audit', 'export', ended, '--bundle', path], 'ava');
    expect(code).toBe(0);
    expect(says(textOf(JSON.parse(readFileSync(path, 'utf8'))), READABLE)).toBe(false);
  });

  it('no log says anything of her', () => {
    expect(auditor.logged()).toContain(`/v1/people/`);
    expect(says(auditor.logged() + logLines.join('\n'), READABLE)).toBe(false);
  });

  it('the erasure stands in the chain, with who did it and why', async () => {
    const entries = await bench.database.as('admin', {}, async (trx) =>
      trx.rows<{ code: string; trigger: string; principal: string }>(
        `select code, bytes::jsonb ->> 'trigger' as trigger, principal from refusals
          where tenant_id = :tenant and code like 'person.erased%'`,
        { tenant: TENANT },
      ),
    );
    expect(entries).toEqual([
      {
        code: 'person.erased',
        trigger: `person.erased ${SUBJECT.id}: request of 12 March`,
        principal: 'dana',
      },
    ]);
  });

  it('she comes in no more, and erasing her once more changes nothing', async () => {
    expect((await auditor.careplus(['today'], SUBJECT.id)).code).toBe(1);
    expect(await erase('once more')).toMatchObject({ code: 0 });
    expect((await auditor.verify()).problems).toEqual([]);
  });
});

/** An archived history with its payloads in clear text. */
function clear(text: string): string {
  return text.replace(/"data": ?"([A-Za-z0-9+/=]+)"/g, (_all, data: string) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
}
