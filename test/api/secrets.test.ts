/** A secret in what people send is refused before anything is stored, and is in no log and no chain. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { planted } from '../secrets/planted.js';
import { openApi, type ApiBench } from './support/bench.js';

let api: ApiBench;
beforeAll(async () => {
  api = await openApi({ worker: false });
});
afterAll(async () => {
  await api.close();
});

const CANARY = 'A harmless canary of the search.';
const guide = (body: string, version = 7) => ({
  documentId: 'user-guide',
  version,
  language: 'en',
  title: 'Support User Guide',
  body,
});

/** Whether the text stands anywhere in the database, as text or as bytes. */
async function isKept(text: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: api.url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I', table_name) as name from information_schema.tables
        where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables.rows) {
      const found = await client.query(
        `select from ${name} t where strpos(to_jsonb(t)::text, $1) > 0
            or strpos(to_jsonb(t)::text, $2) > 0 limit 1`,
        [JSON.stringify(text).slice(1, -1), Buffer.from(text).toString('hex')],
      );
      if (found.rowCount) return true;
    }
    return false;
  } finally {
    await client.end();
  }
}

describe('a secret in a field', () => {
  it('is looked for where it would be found', async () => {
    const answer = await api.as('kim-field').post('/v1/documents', guide(CANARY));
    expect(answer.status).toBe(200);
    expect(await isKept(CANARY)).toBe(true);
  });

  it.each(planted)(
    'is refused, and only its place and its detector are kept: %s %#',
    async (detector, text) => {
      const answer = await api.as('kim-field').post('/v1/documents', guide(text, 8));
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({ code: 'SECRET_FOUND' });
      const { problems } = answer.body as { problems: { path: string; problem: string }[] };
      expect(problems).toContainEqual({ path: 'body', problem: `looks like a secret: ${detector}` });
      expect(answer.text).not.toContain(JSON.stringify(text).slice(1, -1));
      expect(api.logged()).not.toContain(JSON.stringify(text).slice(1, -1));
      expect(await isKept(text)).toBe(false);
      expect(await isKept(`body (looks like a secret: ${detector})`)).toBe(true);
    },
  );

  it('is refused as the name of a field and behind a wrong one, and named by the place above', async () => {
    const [, text] = planted[6] ?? ['', ''];
    const named = await api.as('kim-field').post('/v1/documents', { [text]: 1 });
    expect(named.body).toMatchObject({ code: 'SECRET_FOUND', problems: [{ path: '(whole)' }] });
    const wrong = await api.as('kim-field').post('/v1/documents', { nowhere: { deep: [text] } });
    expect(wrong.body).toMatchObject({ code: 'SECRET_FOUND', problems: [{ path: 'nowhere.deep.0' }] });
  });
});
