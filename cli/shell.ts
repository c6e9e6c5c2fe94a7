/** What every command stands on: the streams, the options that all share, the session of one run. */
import { Command, type CommandOptions } from 'commander';
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { ApiClient } from './api-client.js';
import type { ExitCode } from './failure.js';
import { table, type Cell, type Column } from './output/table.js';
import { commandText, indented } from './output/text.js';
import { distance, localTime } from './output/time.js';
import { idempotencyKey } from './options.js';
import { readSettings, type Settings } from './settings.js';

/** The outside of a run; tests bring their own. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether `out` is a terminal, and how wide it is. */
  readonly terminal: boolean;
  readonly columns: number | undefined;
  readonly zone: string;
  readonly cwd: string;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** The standard input, for tables; absent where there is none. */
  readonly input?: () => NodeJS.ReadableStream;
  /** Whether `err` is a terminal, where a line may be written again. */
  readonly progress?: boolean;
  /** Asks yes or no; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
}

export interface SharedOptions {
  readonly json?: boolean;
  readonly as?: string;
  readonly url?: string;
  readonly idempotencyKey?: string;
}

/** Width of everything that is not a terminal, and of a terminal that does not say. */
const PLAIN_WIDTH = 80;
const WIDTHS = { least: 40, most: 120 } as const;

/** One run of one command. */
export class Session {
  readonly json: boolean;
  readonly paint: Colors;
  readonly width: number;
  #settings: Settings | undefined;
  #api: ApiClient | undefined;

  constructor(
    readonly io: Io,
    private readonly options: SharedOptions,
  ) {
    this.json = options.json === true;
    this.paint = colours(io);
    this.width = widthFor(io);
  }

  get settings(): Settings {
    return (this.#settings ??= readSettings(this.options, this.io.env));
  }

  get api(): ApiClient {
    return (this.#api ??= new ApiClient(this.settings, this.io.pause, this.options.idempotencyKey));
  }

  /** The answer of the command: `body` for programs, the text for people. */
  answer(body: unknown, text: () => string): void {
    this.io.out(this.json ? `${JSON.stringify(body, null, 2)}\n` : `${text()}\n`);
  }

  /** A remark beside the answer; programs do not get it. */
  remark(text: string): void {
    if (!this.json) this.io.err(`${text}\n`);
  }

  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
    return table(columns, rows, this.width, this.paint.dim);
  }

  prose(text: string, indent = ''): string {
    return indented(text, indent, this.width);
  }

  /** An instant in local time; the API's own text, in the zone of the contract, comes first. */
  time(instant: string | null | undefined, local?: string | null): string {
    if (local) return local;
    return instant ? localTime(instant, this.io.zone) : '-';
  }

  /** `due` with a word and a colour when it is over. */
  due(instant: string | null | undefined, overdue: boolean, local?: string | null): Cell {
    if (!instant) return '-';
    const text = this.time(instant, local);
    return overdue
      ? { text: `${text}\noverdue, ${distance(instant, this.io.now())}`, paint: this.paint.red }
      : text;
  }

  bold(text: string): Cell {
    return { text, paint: this.paint.bold };
  }
}

/** Runs the actions of commands and keeps the exit code. */
export class Shell {
  code: ExitCode = 0;
  /** Of the action that ran; for the form in which a failure is told. */
  session: Session | undefined;

  constructor(readonly io: Io) {}

  /**
   * An action for commander: arguments and options as the handler declares them, after the session. Commander itself
   * passes whatever the usage of the command says, so a handler's parameters must follow that usage.
   */
  action<Args extends readonly unknown[]>(
    handle: (session: Session, ...args: Args) => Promise<ExitCode | void>,
  ): (...given: unknown[]) => Promise<void> {
    return async (...given) => {
      const command = given.at(-1);
      if (!(command instanceof Command)) throw new Error('Commander passes the command last.');
      this.session = new Session(this.io, command.optsWithGlobals<SharedOptions>());
      this.code = (await handle(this.session, ...(given.slice(0, -1) as unknown as Args))) ?? 0;
    };
  }
}

/** The options that every command takes. */
export function shared(command: Command): Command {
  return command
    .option('--json', 'print the answer as JSON')
    .option('--as <person>', 'act as this person (development only; default CAREPLUS_AS)')
    .option('--url <address>', 'address of the API (default CAREPLUS_URL, else http://127.0.0.1:8088)')
    .option('--idempotency-key <key>', 'the key that a failure told: do it once at most', idempotencyKey);
}

/** A command that does something: usage, one line about it, examples. */
export function leaf(
  parent: Command,
  usage: string,
  summary: string,
  examples: readonly string[],
  options: CommandOptions = {},
): Command {
  const title = examples.length === 1 ? 'Example' : 'Examples';
  const shown = examples.map((example) => commandText(`careplus ${example}`, '  ', PLAIN_WIDTH)).join('\n');
  return shared(parent.command(usage, options).description(summary)).addHelpText(
    'after',
    `\n${title}:\n${shown}`,
  );
}

/** A command that only holds others. */
export function group(parent: Command, name: string, summary: string): Command {
  return parent.command(name).description(summary).helpCommand(false);
}

export function colours(io: Io): Colors {
  const wanted = io.terminal && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';
  return picocolors.createColors(wanted);
}

export function widthFor(io: Io): number {
  if (!io.terminal || io.columns === undefined || io.columns === 0) return PLAIN_WIDTH;
  return Math.min(WIDTHS.most, Math.max(WIDTHS.least, io.columns));
}
