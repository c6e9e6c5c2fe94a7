/** Restored mode as a caller meets it: everything can be read, nothing is changed, and every page is told. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enterRestoredMode } from '../../db/restore/mode.js';
import { AUTHOR, example, expected, openApi, stored, type ApiBench } from './support/bench.js';

interface Me {
  readonly banner: { readonly code: string; readonly remedy: string } | null;
}

let bench: ApiBench;
beforeAll(async () => {
  bench = await openApi({ worker: false });
}, 60_000);
afterAll(async () => {
  await bench.close();
});

describe('in restored mode', () => {
  it('reads go on, every change is refused with a code and a remedy, and health and pages say so', async () => {
    const caller = bench.as(AUTHOR);
    expect(expected<Me>(await caller.get('/v1/me'), 200).banner).toBeNull();
    expect((await caller.get('/readyz')).body).toMatchObject({ status: 'ok', mode: 'normal' });
    await enterRestoredMode(bench.database, 'operator', { why: 'test' });
    const before = await stored(bench.database);
    const refused = [
      await caller.post('/v1/processes/contract', example('contract.yaml')),
      await caller.put('/v1/staff', example('provider.yaml')),
      await caller.post('/v1/calendars', { ...example('calendars/berlin-office.yaml'), title: 'Another' }),
    ];
    for (const { status, body, headers } of refused) {
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'RESTORED_MODE' } });
      expect((body as { remedy: string }).remedy).toContain('careplus doctor restore');
      expect(headers['retry-after']).toBe('300');
    }
    expect(await stored(bench.database)).toEqual(before);
    expect((await caller.get('/v1/processes')).status).toBe(200);
    expect((await caller.get('/v1/calendars')).status).toBe(200);
    expect(expected<Me>(await caller.get('/v1/me'), 200).banner).toMatchObject({ code: 'RESTORED_MODE' });
    expect((await caller.get('/readyz')).body).toMatchObject({ status: 'ok', mode: 'restored' });
  });
});
