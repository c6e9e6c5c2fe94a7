/** While Temporal is away a command is accepted with its address, and decided later. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultLimits } from '../../api/dependencies.js';
import { caseNumberOf } from '../../domain/support-case/number.js';
import { connectClient, ringer } from '../../messages/ringer.js';
import { AUTHOR, example, expected, openApi, until, type ApiBench } from './support/bench.js';
import { p95OfCalls } from './support/p95.js';

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

  it('a call at the Senior Desk is answered with the number of its case, and decided later', async () => {
    const taken = expected<ForLater & { number: string }>(await call('SN-4711'), 202);
    expect(taken.number).toBe(caseNumberOf(taken.processId));
    const row = await until(async () => {
      const read = expected<{ state: string }>(await bench.as('noor-dale').get(taken.location), 200);
      return read.state === 'answered' ? read : null;
    }, 40_000);
    expect(row).toMatchObject({ answer: { outcome: 'accepted', status: 'queued' } });
  }, 60_000);

  it('such calls are answered within two seconds at the 95th percentile', async () => {
    const p95 = await p95OfCalls(async (index) => {
      expected(await call(`SN-${String(index)}`), 202);
    });
    process.stdout.write(`calls while Temporal is away: p95 ${String(p95)} ms\n`);
    expect(p95).toBeLessThan(2_000);
  }, 120_000);
});

const call = async (device: string) =>
  bench.as('noor-dale').post('/v1/desk/calls', {
    contractId: 'northwind-2026',
    caller: { personId: 'maria-stone' },
    priority: 'P1',
    device,
    impact: 'The core router is down; nothing is dispatched.',
  });
