/** Statements that go out together: their answers are awaited in the order in which they were asked for. */

/**
 * Waits for all. Of several that failed, the first one is thrown: those after it only say that the transaction was
 * aborted.
 */
export async function inOrder<const T extends readonly Promise<unknown>[]>(
  statements: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  for (const statement of statements) statement.catch(() => undefined);
  const answers: unknown[] = [];
  for (const statement of statements) answers.push(await statement);
  // One answer for each statement, in the same order.
  return answers as { -readonly [K in keyof T]: Awaited<T[K]> };
}
