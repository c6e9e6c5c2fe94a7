// Preloaded into every supervised child: when the supervisor dies, the child shuts down instead of lingering.

/** Longer than the child's own ordered shutdown; after it the child is stuck. */
const PATIENCE_MS = 25_000;

if (process.send !== undefined) {
  // The channel only tells of the supervisor's end; it must not keep a finished child alive.
  process.channel?.unref();
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), PATIENCE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  });
}
