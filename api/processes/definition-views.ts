/** Definitions as JSON: what a console, a CLI or a partner needs to know about a kind of process. */
import { z } from 'zod';
import { kernelRefusals, refusalCode } from '../../domain/kernel/refusals.js';
import type { Definition } from '../../domain/kernel/rules.js';
import type { RefusalWord, Words } from '../../domain/kernel/words.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

/** JSON Schema (2020-12) of what a sender writes. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema);
  if (known) return known;
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // The format says it; the pattern of a date is a page long.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  jsonSchemas.set(schema, made);
  return made;
}

/** A command without a payload takes an empty object. */
export function commandSchema(words: Words, command: string): JsonSchema {
  const schema = words.commands[command]?.payload;
  return schema ? inputSchema(schema) : { type: 'object', properties: {}, additionalProperties: false };
}

const refusalOut = z.object({ code: z.string(), text: z.string(), remedy: z.string() });
const schemaOut = z.record(z.string(), z.unknown());

export const definitionListedOut = z
  .object({
    slug: z.string(),
    title: z.string(),
    summary: z.string(),
    version: z.int(),
    source: z.string().describe('Section of the service specification'),
  })
  .meta({ id: 'DefinitionListed' });

export const definitionOut = definitionListedOut
  .extend({
    statuses: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        kind: z.enum(['open', 'closed']),
        waitsFor: z.string().nullable(),
        mayWait: z.string().nullable(),
      }),
    ),
    roles: z.array(z.object({ name: z.string(), label: z.string() })),
    start: z.object({
      label: z.string(),
      grants: z.array(z.string()),
      endUser: z.boolean(),
      schema: schemaOut,
      example: z.unknown(),
    }),
    commands: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        by: z.array(z.string()),
        from: z.array(z.string()),
        eachField: z.string().nullable(),
        urgent: z.boolean(),
        schema: schemaOut,
        example: z.unknown(),
      }),
    ),
    signals: z.array(z.object({ name: z.string(), label: z.string() })),
    clocks: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        promise: z.boolean(),
        keyed: z.boolean(),
        calendar: z.string(),
        steps: z.array(z.string()),
        policyPath: z.string(),
      }),
    ),
    notices: z.array(z.object({ name: z.string(), label: z.string(), urgent: z.boolean() })),
    refusals: z.array(refusalOut),
  })
  .meta({ id: 'Definition' });

export function definitionListed({ words }: Definition) {
  const { slug, title, summary, version, source } = words;
  return { slug, title, summary, version, source };
}

export function definitionView(definition: Definition) {
  const { words } = definition;
  return {
    ...definitionListed(definition),
    statuses: named(words.statuses, ({ label, kind, waitsFor, mayWait }) => ({
      label,
      kind,
      waitsFor: waitsFor ?? null,
      mayWait: mayWait ?? null,
    })),
    roles: named(words.roles, ({ label }) => ({ label })),
    start: {
      label: words.start.label,
      grants: words.start.grants,
      endUser: words.start.endUser ?? false,
      schema: inputSchema(words.start.payload),
      example: words.start.example ?? null,
    },
    commands: named(words.commands, ({ label, by, eachField, urgent, example }, name) => ({
      label,
      by,
      from: statusesOf(definition, name),
      eachField: eachField ?? null,
      urgent: urgent ?? false,
      schema: commandSchema(words, name),
      example: example ?? null,
    })),
    signals: named(words.signals, ({ label }) => ({ label })),
    clocks: named(words.clocks, ({ label, promise, keyed, calendar, steps, policyPath }) => ({
      label,
      promise,
      keyed: keyed ?? false,
      calendar,
      steps,
      policyPath,
    })),
    notices: named(words.notices, ({ label, urgent }) => ({ label, urgent: urgent ?? false })),
    refusals: refusalsOf(words),
  };
}

/** What a process of this kind may refuse with, the kernel's own refusals included. */
export function refusalsOf(words: Words): ({ readonly code: string } & RefusalWord)[] {
  const own = Object.entries(words.refusals).map(([name, word]) => ({
    code: refusalCode(words.slug, name),
    ...word,
  }));
  const shared = Object.entries(kernelRefusals).map(([name, word]) => ({ code: `PROCESS_${name}`, ...word }));
  return [...own, ...shared];
}

function statusesOf({ rows, words }: Definition, command: string): readonly string[] {
  // Notes can be taken in every status.
  if (command === 'note') return Object.keys(words.statuses);
  const matching = rows.filter(({ trigger }) => trigger.kind === 'command' && trigger.name === command);
  return [...new Set(matching.flatMap((row) => row.from))];
}

function named<W, V>(words: Readonly<Record<string, W>>, view: (word: W, name: string) => V) {
  return Object.entries(words).map(([name, word]) => ({ name, ...view(word, name) }));
}
