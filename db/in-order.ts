/** Statements that go out together: their answers are awaited in the order in which they were asked for. */

/** Waits for all, also when one fails: nothing of them is still under way afterwards. Of several that failed, the first is thrown. */
export async function inOrder<const T extends readonly Promise<unknown>[]>(
  statements: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(statements);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  // One answer for each statement, in the same order.
  const answers = settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  return answers as { -readonly [K in keyof T]: Awaited<T[K]> };
}
