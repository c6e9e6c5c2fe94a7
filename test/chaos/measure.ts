/** How long fault tests may take, measured on the machine that they run on, and what they say about themselves. */
import { setTimeout as pause } from 'node:timers/promises';

/** Runs `work` without any fault; gives its time in milliseconds. */
export async function cleanTime(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** What a faulty run may take: four times the clean time of the same work, and what recovering takes by design. */
export function limitOf(cleanMs: number, recoveryMs: number): number {
  return 4 * cleanMs + recoveryMs;
}

/** Commits a fault every so often while `wanted` says so (given how often it was done and for how long). */
export async function again(
  fault: () => boolean | Promise<boolean>,
  everyMs: number,
  wanted: (done: number, passedMs: number) => boolean,
): Promise<number> {
  const since = performance.now();
  let done = 0;
  while (wanted(done, performance.now() - since)) {
    await pause(everyMs);
    if (await fault()) done += 1;
  }
  return done;
}

/** Says in the output what a fault test measured and did, so that a run that proved little is seen. */
export function report(test: string, facts: Readonly<Record<string, number | string>>): void {
  const said = Object.entries(facts).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? String(Math.round(value)) : value}`,
  );
  process.stdout.write(`${test}: ${said.join(', ')}\n`);
}
