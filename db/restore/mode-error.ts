/** Said to whoever would write while the installation is in restored mode. */
export class RestoredModeError extends Error {
  override readonly name = 'RestoredModeError';

  constructor(cause: unknown) {
    super(
      'The installation is in restored mode: nothing is written until careplus doctor restore has ended.',
      {
        cause,
      },
    );
  }
}
