/** The answers of the API as far as the command line reads them; what else they hold stays in `--json`. */
import { z } from 'zod';

const text = z.string();
const maybe = z.string().nullish();

const person = z.object({ id: text, name: maybe });
export type Person = z.infer<typeof person>;

const clock = z.object({
  name: text,
  key: maybe,
  label: maybe,
  outcome: maybe,
  promise: z.boolean().nullish(),
  dueAt: maybe,
  dueLocal: maybe,
  nextStep: maybe,
  nextAt: maybe,
  overdue: z.boolean().nullish(),
});

const task = z.object({
  id: maybe,
  processId: maybe,
  slug: maybe,
  headline: maybe,
  label: text,
  command: text,
  subject: maybe,
  subjectLabel: maybe,
  dueAt: maybe,
  dueLocal: maybe,
  overdue: z.boolean().nullish(),
  missed: z.boolean().nullish(),
  people: z.array(z.union([text, person])).default([]),
});
export type Task = z.infer<typeof task>;

export const processRow = z.object({
  id: text,
  slug: text,
  status: maybe,
  statusLabel: maybe,
  headline: maybe,
  contractId: maybe,
  owner: person.nullish(),
  openedAt: maybe,
});
export const processRows = z.object({ items: z.array(processRow), next: maybe });
export type ProcessRow = z.infer<typeof processRow>;

export const processView = processRow.extend({
  title: maybe,
  seq: z.number(),
  statusSince: maybe,
  daysInStatus: z.number().nullish(),
  waitsFor: maybe,
  data: z.record(text, z.unknown()).default({}),
  clocks: z.array(clock).default([]),
  tasks: z.array(task).default([]),
  stages: z
    .array(
      z.object({
        status: text,
        label: maybe,
        enteredAt: maybe,
        leftAt: maybe,
        days: z.number().nullish(),
      }),
    )
    .default([]),
});
export type ProcessView = z.infer<typeof processView>;

/** What onboarding keeps of its checklist. */
export const checklist = z.array(
  z.object({
    key: text,
    label: text,
    phase: text,
    process: maybe,
    state: text,
    by: maybe,
    doneOn: maybe,
    reason: maybe,
  }),
);

const reason = z.object({ code: text, text: maybe, remedy: maybe });
export const actions = z.object({
  items: z.array(
    z.object({
      command: text,
      label: text,
      allowed: z.boolean(),
      reasons: z.array(reason).default([]),
      people: z.array(z.union([text, person])).default([]),
      each: z.array(z.object({ key: text, label: text })).nullish(),
      eachField: maybe,
      example: z.record(text, z.unknown()).nullish(),
      schema: z.record(text, z.unknown()).nullish(),
    }),
  ),
});
export type Action = z.infer<typeof actions>['items'][number];

/** The answer to a step, from the command itself or from its inbox row. */
export const stepAnswer = z.object({
  inboxId: maybe,
  processId: maybe,
  outcome: text,
  seq: z.number().nullish(),
  status: maybe,
  event: maybe,
  code: maybe,
  text: maybe,
  remedy: maybe,
  problems: z.array(z.object({ path: text, problem: text })).nullish(),
});
export type StepAnswer = z.infer<typeof stepAnswer>;

export const inboxRow = z.object({
  inboxId: text,
  processId: maybe,
  state: text,
  answer: stepAnswer.nullish(),
});

export const todayRows = z.object({
  items: z.array(
    z.object({
      contractId: maybe,
      contractNumber: maybe,
      endUser: z.union([text, z.object({ name: text })]).nullish(),
      processId: text,
      slug: text,
      stage: maybe,
      stageLabel: maybe,
      blocked: z.boolean().nullish(),
      daysInStage: z.number().nullish(),
      nextDue: z
        .object({
          clock: maybe,
          label: maybe,
          dueAt: maybe,
          dueLocal: maybe,
          overdue: z.boolean().nullish(),
        })
        .nullish(),
      waitsFor: maybe,
      owner: person.nullish(),
    }),
  ),
});

export const taskRows = z.object({ items: z.array(task) });

export const checkAnswer = z.object({
  problems: z.array(z.object({ path: text, problem: text })).default([]),
  known: z.boolean().default(false),
  diff: z
    .array(z.object({ path: text, before: z.unknown().optional(), after: z.unknown().optional() }))
    .default([]),
});
export type Difference = z.infer<typeof checkAnswer>['diff'][number];

export const timeline = z.object({
  next: z.number().nullish(),
  items: z.array(
    z.object({
      seq: z.number().nullish(),
      at: text,
      atLocal: maybe,
      event: maybe,
      label: maybe,
      text: maybe,
      trigger: maybe,
      from: maybe,
      to: maybe,
      actor: z.union([text, person]).nullish(),
      late: z.boolean().nullish(),
      internal: z.boolean().nullish(),
      payload: z.unknown().optional(),
      clocks: z
        .array(
          z.object({
            op: text,
            label: maybe,
            clock: maybe,
            key: maybe,
            step: maybe,
            before: maybe,
            beforeLocal: maybe,
            dueAt: maybe,
            dueLocal: maybe,
          }),
        )
        .nullish(),
      told: z
        .array(z.object({ notice: maybe, people: z.array(z.union([text, person])).default([]) }))
        .nullish(),
    }),
  ),
});

export const forecastAnswer = z.object({
  items: z.array(
    z.object({
      kind: text,
      at: text,
      atLocal: maybe,
      trigger: maybe,
      sendAt: maybe,
      sendAtLocal: maybe,
      slug: maybe,
      event: maybe,
      from: maybe,
      to: maybe,
      notice: maybe,
      label: maybe,
      role: maybe,
      recipient: z.union([text, person]).nullish(),
      about: maybe,
    }),
  ),
  assumptions: z.array(text).default([]),
  truncated: z.boolean().default(false),
});

export const explanation = z.object({
  clock: text,
  label: maybe,
  key: maybe,
  run: z.number().nullish(),
  outcome: maybe,
  startedAt: maybe,
  startedLocal: maybe,
  calendar: z.object({ id: text, version: z.number(), zone: maybe, title: maybe }).nullish(),
  policy: z.object({ id: maybe, version: z.number().nullish(), path: maybe }).nullish(),
  pauses: z.array(z.object({ from: text, to: maybe, cause: maybe })).default([]),
  marks: z.array(
    z.object({
      step: text,
      state: maybe,
      dueAt: maybe,
      dueLocal: maybe,
      rule: maybe,
      lines: z.array(z.union([text, z.object({ text })])).default([]),
      agrees: z.boolean().nullish(),
    }),
  ),
  moves: z
    .array(
      z.object({
        step: text,
        at: text,
        atLocal: maybe,
        before: maybe,
        beforeLocal: maybe,
        dueAt: maybe,
        dueLocal: maybe,
        calendarVersion: z.number().nullish(),
      }),
    )
    .default([]),
});

/** Name of a person, or the id where no name came. */
export function nameOf(who: string | Person | null | undefined): string {
  if (who === null || who === undefined) return '-';
  return typeof who === 'string' ? who : (who.name ?? who.id);
}
