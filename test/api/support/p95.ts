/** How long calls at the desk take, one after the other; FULL=1 makes a hundred of them. */
const CALLS = process.env['FULL'] ? 100 : 30;

/** The 95th percentile of the calls, in whole milliseconds. */
export async function p95OfCalls(call: (index: number) => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < CALLS; index += 1) {
    const since = performance.now();
    await call(index);
    took.push(performance.now() - since);
  }
  took.sort((a, b) => a - b);
  return Math.round(took[Math.ceil(took.length * 0.95) - 1] ?? Infinity);
}
