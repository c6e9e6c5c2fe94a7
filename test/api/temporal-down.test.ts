/** While Temporal is away a command is accepted with its address, and decided later. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultLimits } from '../../api/dependencies.js';
import { connectClient, ringer } from '../../messages/ringer.js';
import { AUTHOR, example, expected, openApi, until, type ApiBench } from './support/bench.js';

interface ForLater {
  readonly processId: string;
  readonly inboxId: string;
  readonly location: string;
}

let bench: ApiBench;
/** Nobody listens there. */
const nowhere = connectClient({ address: '127.0.0.1:1', namespace: 'default' });
beforeAll(async () => {
  bench = await openApi({
    change: {
      ringer: ringer({ client: nowhere, taskQueue: 'nowhere' }),
      // Sooner than the relay, which would be heard meanwhile.
      limits: { ...defaultLimits, answerMs: 100, patienceMs: 10_000 },
    },
  });
}, 60_000);
afterAll(async () => {
  await bench.close();
  await nowhere.connection.close();
});

describe('while Temporal is away', () => {
  it('a request is answered 202 with its address, where its answer is found once the relay was heard', async () => {
    const caller = bench.as(AUTHOR);
    const key = { 'idempotency-key': 'one-contract' };
    const accepted = await caller.post('/v1/processes/contract', example('contract.yaml'), key);
    const { location, inboxId, processId } = expected<ForLater>(accepted, 202);
    expect(accepted.headers['location']).toBe(location);
    expect(accepted.headers['retry-after']).toBeDefined();
    expect(location).toBe(`/v1/inbox/${inboxId}`);
    // A worker runs and its Temporal answers: its relay rings for what nobody was heard for.
    const row = await until(async () => {
      const read = expected<{ state: string }>(await caller.get(location), 200);
      return read.state === 'answered' ? read : null;
    }, 40_000);
    expect(row).toMatchObject({ answer: { outcome: 'accepted' } });
    // Repeated with its key, the same request is the same one.
    const again = await caller.post('/v1/processes/contract', example('contract.yaml'), key);
    expect(again.status).toBeLessThan(300);
    expect(again.body).toMatchObject({ processId });
  }, 90_000);
});
