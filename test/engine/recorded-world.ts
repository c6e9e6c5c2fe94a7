/** A world in memory that writes down what was done to it and when, so that the same can be done to another one. */
import type { CaseFacts } from '../../domain/escalation/facts.js';
import type { Data } from '../../domain/kernel/words.js';
import { factsOf } from '../support/escalation-world.js';
import { TestWorld } from '../support/world.js';

/** What escalations read beyond themselves, from the deed before this one until this one. */
export type Facts = ReturnType<typeof factsOf>;

export interface Deed {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly facts: Facts;
  /** Null: time passes. */
  readonly row: {
    readonly kind: 'start' | 'command' | 'signal';
    readonly name: string;
    readonly payload: Data;
    readonly actor: string | null;
  } | null;
}

export class RecordedWorld extends TestWorld {
  readonly deeds: Deed[] = [];

  override async start(
    slug: string,
    id: string,
    payload: Data,
    at: string,
    actor: string | null = 'kim-field',
  ) {
    this.note(at, { kind: 'start', name: 'start', payload, actor });
    return super.start(slug, id, payload, at, actor);
  }

  override async command(id: string, name: string, payload: Data, at: string, actor: string) {
    this.note(at, { kind: 'command', name, payload, actor });
    return super.command(id, name, payload, at, actor);
  }

  override async signal(id: string, name: string, payload: Data, at: string) {
    this.note(at, { kind: 'signal', name, payload, actor: null });
    return super.signal(id, name, payload, at);
  }

  /** Also how a row that was just noted is decided: then no time passes. */
  override async runTo(at: string): Promise<void> {
    if (this.deeds.at(-1)?.at !== Date.parse(at)) this.note(at, null);
    return super.runTo(at);
  }

  private note(at: string, row: Deed['row']): void {
    const { matrix, cases, away } = factsOf(this);
    this.deeds.push({
      at: Date.parse(at),
      facts: { matrix, cases: new Map<string, CaseFacts>(cases), away },
      row,
    });
  }
}
