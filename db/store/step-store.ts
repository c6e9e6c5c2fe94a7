/** The store of record behind one step: everything that the step reads and writes, in one transaction. */
import { PoisonError } from '../../domain/kernel/advance.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { Fired, Inputs } from '../../domain/kernel/state.js';
import type {
  Answer,
  InboxRow,
  LoadedProcess,
  PlannedEffect,
  StepRecord,
  StepStore,
  StepTransaction,
} from '../../domain/kernel/store.js';
import { BusinessClock, businessNow } from '../business-clock.js';
import type { Database, Trx } from '../connection.js';
import { isInfrastructure } from '../infrastructure.js';
import { inOrder } from '../in-order.js';
import type { StoreRegistry } from '../registry.js';
import { appendEvent, appendRefusal, type RefusalEntry } from './chain.js';
import { InputsReader } from './inputs.js';
import { loadProcess, type StoredProcess } from './load.js';
import { answerRow, isInternal, writeStep } from './write.js';

const DONE = Promise.resolve();

interface StepAt {
  readonly tenantId: string;
  readonly processId: string;
  readonly now: number;
}

export class PostgresStepStore implements StepStore {
  private readonly clock: BusinessClock;
  private readonly reader: InputsReader;

  constructor(
    private readonly database: Database,
    private readonly registry: StoreRegistry,
  ) {
    this.clock = new BusinessClock(database);
    this.reader = new InputsReader(registry);
  }

  async step<T>(at: StepAt, work: (tx: StepTransaction) => Promise<T>): Promise<T> {
    await this.clock.raiseTo(at.now);
    return this.database.as('step', { tenant: at.tenantId }, async (trx) => {
      const step = new PostgresStep(trx, at, this.registry, this.reader);
      const result = await work(step);
      await step.appendToChain();
      return result;
    });
  }
}

class PostgresStep implements StepTransaction {
  private stored: StoredProcess | null = null;
  private calendarTenants: Readonly<Record<string, string>> = {};
  /** Kept until the end, because the head of the chain is locked last. */
  private written: StepRecord | null = null;
  private writing: Promise<unknown> = DONE;
  private refused: RefusalEntry | null = null;

  constructor(
    private readonly trx: Trx,
    private readonly at: StepAt,
    private readonly registry: StoreRegistry,
    private readonly reader: InputsReader,
  ) {}

  async load(): Promise<LoadedProcess | null> {
    this.stored = await loadProcess(this.trx, this.at);
    return this.stored?.loaded ?? null;
  }

  async now(): Promise<number> {
    return this.stored?.readAt ?? businessNow(this.trx);
  }

  async inputs(loaded: LoadedProcess, definition: Definition, fired: Fired): Promise<Inputs> {
    const { stored } = this;
    if (!stored) throw new Error('Inputs are read after the process.');
    const row = 'payload' in fired ? loaded.pending.find((one) => one.payload === fired.payload) : undefined;
    return this.orPoison(fired, row ?? null, async () => {
      const request = {
        tenantId: this.at.tenantId,
        processId: this.at.processId,
        data: loaded.state?.data ?? null,
        payload: 'payload' in fired ? fired.payload : {},
        policyId: stored.policyId,
        policyVersion: stored.policyVersion,
        clockCalendars: (loaded.state?.clocks ?? []).map((clock) => clock.calendarId),
      };
      const read = await this.reader.read(this.trx, request, definition);
      this.calendarTenants = read.calendarTenants;
      return read.inputs;
    });
  }

  async write(step: StepRecord): Promise<{ readonly planned: readonly PlannedEffect[] }> {
    const project = this.registry[step.after.slug]?.project;
    const writing = this.orPoison(step.fired, step.row, async () => {
      const added = await writeStep(this.trx, step, this.calendarTenants);
      await project?.(this.trx, step);
      return added;
    });
    this.written = step;
    this.writing = writing;
    writing.catch(() => undefined);
    // Only new effects are asked for before the end; otherwise the entry of the chain goes out with the writes.
    const plans = step.decision.kind === 'accepted' && step.decision.effects.length > 0;
    const added = plans || project ? await writing : [];
    return { planned: [...(this.stored?.loaded.planned ?? []), ...added] };
  }

  async refuse(loaded: LoadedProcess, row: InboxRow, answer: Answer): Promise<void> {
    await answerRow(this.trx, this.at.tenantId, row.id, answer);
    this.refused = {
      tenantId: this.at.tenantId,
      kind: 'refusal',
      processId: loaded.ref.id,
      inboxId: row.id,
      code: answer.code ?? '',
      trigger: `${row.kind} ${row.name}`,
      principal: row.actor,
      at: row.acceptedAt,
    };
  }

  async setOver(loaded: LoadedProcess, over: boolean): Promise<void> {
    await this.trx.run(
      'update processes set over = :over, closed = closed or :over where tenant_id = :tenantId and id = :id',
      { over, tenantId: this.at.tenantId, id: loaded.ref.id },
    );
  }

  /** The last statement before COMMIT. */
  async appendToChain(): Promise<void> {
    await inOrder([
      this.writing,
      this.written ? appendEvent(this.trx, this.written.event, isInternal(this.written)) : DONE,
      this.refused ? appendRefusal(this.trx, this.refused) : DONE,
    ]);
  }

  /** What is no fault of the infrastructure will fail again: it is parked with the trigger that brought it up. */
  private async orPoison<T>(fired: Fired, row: InboxRow | null, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isInfrastructure(error) || error instanceof PoisonError) throw error;
      if (row) throw new PoisonError({ inboxId: row.id }, error);
      if (fired.kind !== 'mark') throw error;
      throw new PoisonError({ clock: fired.clock, key: fired.key, step: fired.step }, error);
    }
  }
}
