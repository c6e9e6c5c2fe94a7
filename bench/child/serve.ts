/** The side of a child process: its plan, that it is ready, its report, its end with its parent. */

export function planOf<P>(): P {
  // Written by startChild from a value of exactly this type.
  return JSON.parse(process.argv[2] ?? 'null') as P;
}

/** Says that it is ready and stays until the parent asks to stop or is gone. */
export function serve(
  port: number,
  parts: { readonly stop: () => Promise<void>; readonly report?: () => unknown },
): void {
  const end = (): void => {
    parts.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('message', (said: object) => {
    if ('stop' in said) end();
    if ('report' in said) process.send?.({ report: parts.report?.() ?? null });
  });
  process.once('disconnect', end);
  // Ctrl-C reaches the whole group; the parent ends its children in order.
  process.on('SIGINT', () => undefined);
  process.send?.({ port });
}
