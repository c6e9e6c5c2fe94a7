// One command for the whole system: parts started in order, watched, started again, stopped in reverse order.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Part, PartContext, Provided, StartedPart } from './parts.js';
import { StartFailure } from './servers/failure.js';
import { demandWritableFolder } from './servers/folders.js';
import { takeLock } from './servers/lock.js';

/** What the screen is told. Plain lines or a live list: see progress.ts. */
export interface Progress {
  starting(title: string): void;
  started(title: string, detail: string | undefined, tookMs: number): void;
  failed(title: string): void;
  note(sentence: string): void;
}

export interface SupervisorOptions {
  readonly dataFolder: string;
  /** In the order of the start, those of an inner list together; stopped in reverse, one by one. */
  readonly parts: readonly (Part | readonly Part[])[];
  readonly progress: Progress;
  /** Aborted by Ctrl-C or SIGTERM: the ordered shutdown begins. */
  readonly stop: AbortSignal;
  /** Called once when everything is up, with all that the parts provided. */
  readonly ready: (provided: Provided) => void;
  readonly limits?: Partial<RestartLimits>;
}

export interface RestartLimits {
  /** More ends of one part within the window stop the whole system. */
  readonly mostRestarts: number;
  readonly windowMs: number;
  /** Doubled for each restart within the window. */
  readonly firstDelayMs: number;
}

const LIMITS: RestartLimits = { mostRestarts: 5, windowMs: 60_000, firstDelayMs: 250 };

/** Runs the system until it is told to stop. Throws StartFailure when a part cannot be started or kept up. */
export const supervise = async (options: SupervisorOptions): Promise<void> => {
  demandWritableFolder(options.dataFolder, 'CAREPLUS_DATA');
  const release = lockDataFolder(options.dataFolder);
  // Promises alone do not keep a process alive, and servers that outlive us are not waited for.
  const alive = setInterval(() => undefined, 60_000);
  const system = new RunningSystem(options);
  try {
    await system.startAll();
    if (!options.stop.aborted) options.ready(system.provided);
    await system.untilStopped();
  } finally {
    try {
      await system.stopAll();
    } finally {
      clearInterval(alive);
      release();
    }
  }
};

const lockDataFolder = (dataFolder: string): (() => void) => {
  const lock = takeLock(join(dataFolder, 'careplus.lock'));
  if (lock.taken) return lock.release;
  const who = lock.holder === undefined ? '' : ` (process ${lock.holder.pid})`;
  throw new StartFailure(
    1,
    `Care Plus is already running on ${dataFolder}${who}.`,
    'Use that one, stop it with Ctrl-C in its terminal, or set CAREPLUS_DATA and other ports for a second one.',
  );
};

class RunningSystem {
  provided: Provided = {};
  readonly #options: SupervisorOptions;
  readonly #limits: RestartLimits;
  readonly #up = new Map<Part, NonNullable<StartedPart['running']>>();
  readonly #broken: Promise<never>;
  #breakOff: (reason: Error) => void = () => undefined;
  readonly #restarting = new Map<Part, Promise<unknown>>();
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#broken = new Promise<never>((_resolve, reject) => (this.#breakOff = reject));
    // Looked at in untilStopped; until then a failure must not end the process as an unhandled one.
    this.#broken.catch(() => undefined);
  }

  async startAll(): Promise<void> {
    for (const part of this.#options.parts) {
      if (this.#options.stop.aborted) return;
      // All are waited for, so that what came up beside a failure is known and stopped.
      const started = await Promise.allSettled([part].flat().map((one) => this.#start(one)));
      for (const result of started) if (result.status === 'rejected') throw result.reason;
    }
  }

  /** Resolves when the stop is asked for; rejects when a part cannot be kept up. */
  async untilStopped(): Promise<void> {
    const { stop } = this.#options;
    if (stop.aborted) return;
    const asked = new Promise<void>((resolve) =>
      stop.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([asked, this.#broken]);
  }

  /** One that cannot be stopped keeps none of the others up; its failure is thrown afterwards. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    const failures: unknown[] = [];
    for (const part of this.#options.parts.flat().reverse()) {
      // What is just starting again would be left running without a supervisor.
      await this.#restarting.get(part);
      const running = this.#up.get(part);
      if (running === undefined) continue;
      this.#up.delete(part);
      this.#options.progress.note(`${part.title} is stopping.`);
      await running.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #start(part: Part): Promise<void> {
    const { progress } = this.#options;
    const since = performance.now();
    progress.starting(part.title);
    try {
      const started = await this.#launch(part);
      progress.started(part.title, started.detail, performance.now() - since);
      if (started.running !== undefined) void this.#keepUp(part, started.running);
    } catch (error) {
      progress.failed(part.title);
      throw error;
    }
  }

  async #launch(part: Part): Promise<StartedPart> {
    const context: PartContext = {
      provided: this.provided,
      log: (sentence) => this.#options.progress.note(sentence),
    };
    const started = await part.start(context);
    this.provided = { ...this.provided, ...started.provides };
    if (started.running !== undefined) this.#up.set(part, started.running);
    return started;
  }

  /** Waits for the end of a part and starts it again, each time later, until it ends too often. */
  async #keepUp(part: Part, first: NonNullable<StartedPart['running']>): Promise<void> {
    const ends: number[] = [];
    let running: NonNullable<StartedPart['running']> | undefined = first;
    let reason = '';
    for (;;) {
      if (running !== undefined) reason = await running.gone;
      if (this.#stopping || this.#options.stop.aborted) return;
      this.#up.delete(part);
      const now = performance.now();
      ends.push(now);
      const recent = ends.filter((end) => now - end <= this.#limits.windowMs).length;
      if (recent > this.#limits.mostRestarts) return this.#giveUp(part, recent, reason);
      const delayMs = this.#limits.firstDelayMs * 2 ** (recent - 1);
      this.#options.progress.note(`${part.title} ended (${reason}); it is started again in ${delayMs} ms.`);
      await pause(delayMs);
      if (this.#stopping || this.#options.stop.aborted) return;
      const restart = this.#restart(part);
      this.#restarting.set(part, restart);
      [running, reason] = await restart;
      this.#restarting.delete(part);
    }
  }

  async #restart(part: Part): Promise<[StartedPart['running'] | undefined, string]> {
    try {
      const { running } = await this.#launch(part);
      if (!this.#stopping) this.#options.progress.note(`${part.title} is up again.`);
      return [running, ''];
    } catch (error) {
      if (error instanceof StartFailure) return [undefined, error.sentence];
      this.#breakOff(error instanceof Error ? error : new Error(String(error)));
      return [undefined, String(error)];
    }
  }

  #giveUp(part: Part, ends: number, reason: string): void {
    this.#breakOff(
      new StartFailure(
        1,
        `${part.title} ended ${ends} times within ${this.#limits.windowMs / 1000} s, the last time with: ${reason}.`,
        `See ${join(this.#options.dataFolder, 'log')}; everything is stopped, no data are lost.`,
      ),
    );
  }
}
