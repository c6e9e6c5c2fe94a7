// The seed of a random test: chosen anew for each run and printed, or given again to repeat a run.

/** Reads FC_SEED, else draws a seed; prints it either way, so that a failure can be repeated. */
export function seedOf(name: string): number {
  const given = process.env['FC_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`${name}: FC_SEED=${String(seed)}\n`);
  return seed;
}
