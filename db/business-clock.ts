/** The clock that all SQL shares, and its forward movement where a test clock is installed. */
import type { Database, Trx } from './connection.js';

/** Business time now, epoch milliseconds. */
export async function businessNow(trx: Trx): Promise<number> {
  const row = await trx.row<{ now: Date }>('select business_now() as now');
  if (!row) throw new Error('Postgres did not tell the time.');
  return row.now.getTime();
}

export class BusinessClock {
  private movable: boolean | undefined;

  constructor(private readonly database: Database) {}

  /**
   * Raises business time to a runner's now (epoch ms), in tests whose workflows skip time. In production, where no
   * test clock is installed, it does nothing.
   */
  async raiseTo(now: number): Promise<void> {
    this.movable ??= await this.isMovable();
    if (!this.movable) return;
    await this.database.as('step', {}, async (trx) =>
      trx.run(
        `update test_clock set offset_ms = offset_ms + greatest(0, :now::bigint - ms(business_now()))
          where ms(business_now()) < :now::bigint`,
        { now },
      ),
    );
  }

  private async isMovable(): Promise<boolean> {
    return this.database.as('step', {}, async (trx) => {
      const row = await trx.row<{ movable: boolean }>(
        `select to_regclass('public.test_clock') is not null as movable`,
      );
      return row?.movable === true;
    });
  }
}
