/** `careplus do`: a step, with its details typed by the schema of the command. */
import type { Command } from 'commander';
import { z } from 'zod';
import { processView, type StepAnswer } from '../answers.js';
import { typed } from '../api-client.js';
import { badInput, CliFailure } from '../failure.js';
import { openSource } from '../files/source-file.js';
import { isSchema, type JsonSchema } from '../files/schema-walk.js';
import { harmless } from '../output/text.js';
import { asFields, payloadFrom, type Payload } from '../payload.js';
import { didYouMean } from '../nearest.js';
import { wholeNumber } from '../options.js';
import { findProcess } from '../process-names.js';
import { settle } from '../settle.js';
import { leaf, type Session, type Shell } from '../shell.js';

interface DoOptions {
  readonly file?: string;
  readonly ifMatch?: number;
}

const commandWord = z.object({
  name: z.string().nullish(),
  command: z.string().nullish(),
  label: z.string().nullish(),
  schema: z.unknown().optional(),
  payload: z.unknown().optional(),
  example: z.record(z.string(), z.unknown()).nullish(),
});
type CommandWord = z.infer<typeof commandWord>;
const definitionView = z.object({
  slug: z.string(),
  commands: z.union([z.array(commandWord), z.record(z.string(), commandWord)]),
});

export function stepCommands(program: Command, shell: Shell): void {
  leaf(program, 'do <process> <command> [fields...]', 'do a step: field=value …, inner fields with a dot', [
    "do northwind-2026/onboarding recordWelcome contactedOn=2026-11-23 medium=phone summary='Agreed the kickoff.'",
    'do northwind-2026/onboarding completeItem --file payload.yaml --if-match 7',
  ])
    .option('--file <file>', 'read the payload from a YAML or JSON file; fields override it')
    .option('--if-match <seq>', 'only if the process still stands at this step', wholeNumber)
    .action(
      shell.action((session, reference: string, command: string, fields: string[], options: DoOptions) =>
        act(session, reference, command, fields, options),
      ),
    );
}

/** A step that was taken, in one or two lines. */
export function stepText(answer: StepAnswer, processId: string, session: Session): string {
  const { paint } = session;
  if (answer.outcome === 'late') {
    return session.prose(`Kept as late information; it moves nothing. Process ${processId}.`);
  }
  const facts = [
    typeof answer.seq === 'number' ? `Step ${String(answer.seq)} of ${processId}` : '',
    answer.status ? `status ${answer.status}` : '',
  ].filter((fact) => fact !== '');
  const done = `${paint.green('Done')}${answer.event ? `: ${harmless(answer.event)}` : ''}.`;
  return facts.length === 0 ? done : `${done}\n${session.prose(facts.join(', '), '  ')}`;
}

async function act(
  session: Session,
  reference: string,
  command: string,
  fields: readonly string[],
  options: DoOptions,
): Promise<void> {
  const base = options.file === undefined ? {} : payloadFile(session, options.file);
  const processId = await findProcess(session.api, reference);
  const { slug } = typed(processView, (await session.api.get(`/v1/processes/${processId}`)).body);
  const word = await wordOf(session, slug, command);
  const { payload, problems } = payloadFrom(fields, schemaOf(word), base);
  if (problems.length > 0) {
    throw new CliFailure({
      exitCode: 2,
      code: 'BAD_INPUT',
      text: `The details do not fit ${command}.`,
      problems,
      ...(word.example ? { example: `careplus do ${reference} ${command} ${asFields(word.example)}` } : {}),
    });
  }
  const sent = await session.api.send(`/v1/processes/${processId}/commands/${command}`, {
    body: payload,
    ifMatch: options.ifMatch,
  });
  const { answer, body } = await settle(session, sent);
  session.answer(body, () => `${stepText(answer, processId, session)}\nNext: careplus next ${reference}`);
}

async function wordOf(session: Session, slug: string, command: string): Promise<CommandWord> {
  const { commands } = typed(definitionView, (await session.api.get(`/v1/definitions/${slug}`)).body);
  const named: readonly (readonly [string, CommandWord])[] = Array.isArray(commands)
    ? commands.map((word) => [word.name ?? word.command ?? '', word] as const)
    : Object.entries(commands);
  const found = named.find(([name]) => name === command);
  if (found) return found[1];
  const names = named.map(([name]) => name);
  throw badInput(
    `${slug} has no command "${command}"${didYouMean(command, names, true)}.`,
    'See what can be done: careplus next <process>.',
  );
}

/** A command without details has a schema without fields. */
function schemaOf(word: CommandWord): JsonSchema {
  const schema = word.schema ?? word.payload;
  return isSchema(schema) ? schema : { type: 'object', properties: {}, additionalProperties: false };
}

function payloadFile(session: Session, name: string): Payload {
  const source = openSource(session.io.cwd, name);
  const [broken] = source.broken;
  if (broken)
    throw badInput(
      `${name}, line ${String(broken.line)}, column ${String(broken.column)}: ${broken.problem}`,
    );
  if (!isSchema(source.value)) throw badInput(`${name} must hold fields and their values.`);
  return { ...source.value };
}
