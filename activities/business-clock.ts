/** The clock of the business: the store's, so that skipped time in tests and a wrong clock of a machine move nothing. */
export interface BusinessClock {
  /** Epoch milliseconds. */
  now(): Promise<number>;
}
