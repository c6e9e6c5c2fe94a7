/** Times every statement of this process from its sending to its answer, by its text: the profile's instrument. */
import pg from 'pg';

export interface Time {
  /** The beginning of a statement's text, or the name of something else that was timed. */
  readonly what: string;
  readonly count: number;
  /** Milliseconds in all. */
  readonly ms: number;
}

/** What a process has spent since its last report. */
export interface ProcessTimes {
  readonly times: readonly Time[];
  /** CPU of this process, milliseconds. */
  readonly cpuMs: number;
}

export class Stopwatch {
  private times = new Map<string, { count: number; ms: number }>();
  private cpu = process.cpuUsage();

  note(text: string, ms: number): void {
    const what = text.replace(/\s+/g, ' ').trim().slice(0, 100);
    const known = this.times.get(what) ?? { count: 0, ms: 0 };
    this.times.set(what, { count: known.count + 1, ms: known.ms + ms });
  }

  /** Times a call that gives a promise. */
  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    try {
      return await work();
    } finally {
      this.note(what, performance.now() - since);
    }
  }

  report(): ProcessTimes {
    const times = [...this.times].map(([what, time]) => ({ what, ...time }));
    const used = process.cpuUsage(this.cpu);
    this.times = new Map();
    this.cpu = process.cpuUsage();
    return { times, cpuMs: (used.user + used.system) / 1000 };
  }
}

interface Submitted {
  readonly text?: string;
  callback?: (error: unknown, result: unknown) => void;
}

/** Wraps the driver of this process. */
export function timeStatements(): Stopwatch {
  const watch = new Stopwatch();
  // The one place that every call style of the driver passes: a query is handed to the connection.
  const { prototype } = pg.Query as unknown as {
    prototype: { submit: (this: Submitted, connection: unknown) => unknown };
  };
  const { submit } = prototype;
  prototype.submit = function (connection) {
    const since = performance.now();
    const { callback } = this;
    if (callback) {
      this.callback = (error, result) => {
        watch.note(this.text ?? '', performance.now() - since);
        callback(error, result);
      };
    }
    return submit.call(this, connection);
  };
  return watch;
}
