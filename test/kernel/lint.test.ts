/** Lint of definitions: the real ones are clean, and each rule finds what it is for. */
import { describe, expect, it } from '@jest/globals';
import { lint, type Finding } from '../../domain/kernel/lint.js';
import type { Definition, ErasedRow } from '../../domain/kernel/rules.js';
import type { Words } from '../../domain/kernel/words.js';
import { definitions } from '../../domain/processes.js';
import { passedThrough } from '../support/passed-through.js';
import { parcelRules } from './fixtures/parcel.js';

type Rows = (rows: readonly ErasedRow[]) => readonly ErasedRow[];
interface Change {
  readonly words?: (words: Words) => Partial<Words>;
  readonly rows?: Rows;
}

/** The sound parcel with one thing broken. */
function aParcel({ words, rows }: Change): Definition {
  const sound: Definition = parcelRules;
  return {
    words: { ...sound.words, ...words?.(sound.words) },
    rows: rows?.(sound.rows) ?? sound.rows,
  };
}

const edit =
  (event: string, change: Partial<ErasedRow>): Rows =>
  (rows) =>
    rows.map((row) => (row.event === event ? { ...row, ...change } : row));
const without =
  (keep: (row: ErasedRow) => boolean): Rows =>
  (rows) =>
    rows.filter(keep);
const plus =
  (...more: ErasedRow[]): Rows =>
  (rows) => [...rows, ...more];
const row = (more: Partial<ErasedRow>): ErasedRow => ({
  trigger: { kind: 'command', name: 'burn' },
  from: ['stored'],
  event: 'more',
  ...more,
});

/** One broken definition each: what is broken, and exactly what lint then says. */
const broken: readonly (readonly [string, Change, readonly [Finding['rule'], string]])[] = [
  [
    'a row from a status that there is not',
    { rows: plus(row({ from: ['lost'] })) },
    ['name', 'Row command burn uses the status lost, which the words do not declare.'],
  ],
  [
    'a row to a status that there is not',
    { rows: edit('burnt', { to: 'ashes' }) },
    ['name', 'Row command burn uses the status ashes, which the words do not declare.'],
  ],
  [
    'a row by way of a status that there is not',
    { rows: edit('burnt', { via: 'fire' }) },
    ['name', 'Row command burn uses the status fire, which the words do not declare.'],
  ],
  [
    'a clock that there is not',
    { rows: edit('weighed', { clocks: { scale: 'start' } }) },
    ['name', 'Row command weigh uses the clock scale, which the words do not declare.'],
  ],
  [
    'work toward a clock that there is not',
    { rows: edit('weighed', { toward: ['scale'] }) },
    ['name', 'Row command weigh uses the clock scale, which the words do not declare.'],
  ],
  [
    'a role that there is not',
    { rows: edit('weighed', { tell: { carrier: 'packDue' } }) },
    ['name', 'Row command weigh uses the role carrier, which the words do not declare.'],
  ],
  [
    'a notice that there is not',
    { rows: edit('weighed', { tell: { owner: 'tooLight' } }) },
    ['name', 'Row command weigh uses the notice tooLight, which the words do not declare.'],
  ],
  [
    'a refusal that there is not',
    { rows: edit('burnt', { guards: [{ code: 'wet' }] }) },
    ['name', 'Row command burn uses the refusal wet, which the words do not declare.'],
  ],
  [
    'a command without a row',
    { words: ({ commands }) => ({ commands: { ...commands, drop: { label: 'Drop', by: ['owner'] } } }) },
    ['unused', 'No row uses the command drop.'],
  ],
  [
    'a notice that nobody gets',
    { words: ({ notices }) => ({ notices: { ...notices, hello: { label: 'Hello' } } }) },
    ['unused', 'No row uses the notice hello.'],
  ],
  [
    'a refusal that no row gives',
    { words: ({ refusals }) => ({ refusals: { ...refusals, wet: { text: 'Wet.', remedy: 'Dry it.' } } }) },
    ['unused', 'No row uses the refusal wet.'],
  ],
  [
    'a clock that no row starts',
    {
      words: ({ clocks }) => ({ clocks: { ...clocks, spare: { ...calm(clocks), steps: ['l1'] } } }),
    },
    ['unused', 'No row uses the clock spare.'],
  ],
  [
    'no contact notes',
    { words: ({ commands: { note: _note, ...commands } }) => ({ commands }) },
    ['note', 'Every process takes contact notes; declare the command note.'],
  ],
  [
    'a promise that nothing meets',
    { rows: (rows) => rows.map((one) => withoutMeet(one, 'pack')) },
    ['unmet', 'No row meets the promise pack.'],
  ],
  [
    'a promise without an instant',
    {
      words: ({ clocks }) => ({
        clocks: { ...clocks, confirm: { ...at(clocks, 'confirm'), steps: ['end'] } },
      }),
      rows: (rows) =>
        rows.map((one) =>
          one.event === 'confirmMissed' ? { ...one, trigger: { ...one.trigger, step: 'end' } } : one,
        ),
    },
    ['unmet', 'The promise confirm has no step named due.'],
  ],
  [
    'a status that sleeps without a reason',
    {
      words: ({ statuses }) => ({ statuses: { ...statuses, stored: { label: 'Stored', kind: 'open' } } }),
    },
    ['asleep', 'stored has no running clock and no stated reason to wait'],
  ],
  [
    'a status that nothing leads to',
    { words: ({ statuses }) => ({ statuses: { ...statuses, lost: { label: 'Lost', kind: 'closed' } } }) },
    ['unreachable', 'No row leads to the status lost.'],
  ],
  [
    'a row behind a row that takes all',
    { rows: plus(row({ from: ['sent'], event: 'burntAgain' })) },
    ['shadowed', 'Row command burn (burntAgain) is never chosen: an earlier row takes its trigger.'],
  ],
  [
    'a start behind a start that takes all',
    { rows: plus(row({ trigger: { kind: 'start', name: 'start' }, from: [], to: 'stored' })) },
    ['shadowed', 'Row start start (more) is never chosen: an earlier row takes its trigger.'],
  ],
  [
    'a mark without a row where its clock may run',
    { rows: without((one) => one.event !== 'confirmMissed') },
    ['undue', 'Clock confirm may run in sent, but its mark due has no row there'],
  ],
];

describe('lint', () => {
  it.each(Object.entries(definitions))('finds nothing in %s', (_slug, definition) => {
    expect(lint(definition)).toEqual([]);
  });

  // The contract tells its whole family: who does not hear it would go on for ever.
  it.each(Object.entries<Definition>(definitions).filter(([, { words }]) => 'contract' in words.lookups))(
    'finds that %s closes with its contract from every open status',
    (_slug, definition) => {
      const { words, rows } = definition;
      const passed = passedThrough(definition);
      const open = Object.keys(words.statuses).filter(
        (status) => words.statuses[status]?.kind === 'open' && !passed.includes(status),
      );
      const ends = rows.filter(
        // A row with a condition may go on for another contract that the process serves.
        ({ trigger, when }) => trigger.kind === 'signal' && trigger.name === 'contractEnded' && !when,
      );
      expect(ends.flatMap((row) => row.from).sort()).toEqual(open.sort());
      expect(ends.every((row) => words.statuses[row.to ?? '']?.kind === 'closed')).toBe(true);
    },
  );

  it('finds nothing in the sound parcel', () => {
    expect(lint(parcelRules)).toEqual([]);
  });

  it.each(broken)('finds %s', (_name, change, [rule, text]) => {
    const found = lint(aParcel(change));
    expect(found.map((one) => one.rule)).toEqual([rule]);
    expect(found[0]?.text).toContain(text);
    expect(found[0]?.slug).toBe('parcel');
  });

  it('says that a definition has too many clocks to be read', () => {
    const many = Array.from({ length: 17 }, (_, index) => `clock${String(index)}`);
    const definition = aParcel({
      words: ({ clocks }) => ({
        clocks: {
          ...clocks,
          ...Object.fromEntries(many.map((name) => [name, { ...calm(clocks), steps: ['l1'] }])),
        },
        commands: {
          note: { label: 'Note', by: ['owner'] },
          ...Object.fromEntries(many.map((name) => [name, { label: name, by: ['owner'] }])),
        },
      }),
      rows: (rows) => [
        ...rows.map((one) =>
          one.trigger.kind === 'command'
            ? { ...one, trigger: { kind: 'signal', name: one.event } as const }
            : one,
        ),
        ...many.flatMap((name) => [
          row({ trigger: { kind: 'command', name }, from: ['packing'], clocks: { [name]: 'start' } }),
          row({ trigger: { kind: 'mark', name, step: 'l1' }, from: ['packing', 'sent', 'stored'] }),
        ]),
      ],
    });
    expect(lint(definition).map((one) => one.rule)).toEqual(['limit']);
  });

  it('covers every rule that it has', () => {
    const covered = new Set<Finding['rule']>([...broken.map(([, , [rule]]) => rule), 'limit']);
    const all: Record<Finding['rule'], true> = {
      name: true,
      asleep: true,
      unreachable: true,
      shadowed: true,
      undue: true,
      unmet: true,
      unused: true,
      note: true,
      limit: true,
    };
    expect([...covered].sort()).toEqual(Object.keys(all).sort());
  });
});

function at(clocks: Words['clocks'], name: string) {
  const word = clocks[name];
  if (!word) throw new Error(`no clock ${name}`);
  return word;
}

function calm(clocks: Words['clocks']) {
  return at(clocks, 'calm');
}

function withoutMeet(one: ErasedRow, clock: string): ErasedRow {
  return one.clocks?.[clock] === 'meet' ? { ...one, clocks: { ...one.clocks, [clock]: 'cancel' } } : one;
}
