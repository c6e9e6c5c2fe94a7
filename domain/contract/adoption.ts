/**
 * Adoption: an existing customer enters with what was done before Care Plus. The contract file, and what is taken over:
 * dates, items of the onboarding, the User Guide in force. Nothing of it is promised, missed or mailed afterwards.
 */
import { z } from 'zod';
import { dayHasBegun } from '../time/instant.js';
import { contractFileSchema } from './contract-file.js';

const day = z.iso.date();
const text = z.string().trim().min(3).max(2000);
const id = z.string().min(1).max(63);

/** What proves something that was done before Care Plus; `by` is whoever did it then, known here or not. */
export const beforeCarePlus = z.strictObject({
  kind: z.literal('beforeCarePlus'),
  date: day,
  text: z.string().nullable(),
  sha256: z.string().nullable(),
  by: z.string().nullable(),
  /** Who took it over. */
  takenOverBy: z.string().nullable(),
});

const adoptedItem = z
  .strictObject({
    item: z.string().min(1).max(40).describe('A key of the checklist of the policy set'),
    state: z.enum(['done', 'notApplicable', 'waived']),
    on: day,
    by: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe('Who did it, or who waived it: an id or a name'),
    text: text.optional().describe('What proves it, or why it does not apply'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
      .optional()
      .describe('Of the file that proves it'),
  })
  .superRefine(({ state, text: said, sha256, by }, context) => {
    const missing = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (state === 'done' && said === undefined && sha256 === undefined)
      missing('text', 'what is done is proved by a text or by the hash of a file');
    if (state !== 'done' && said === undefined) missing('text', 'the reason is missing');
    if (state === 'waived' && by === undefined) missing('by', 'who waived it is missing');
  });
export type AdoptedItem = z.infer<typeof adoptedItem>;

const adoptedOnboarding = z
  .strictObject({
    contactedOn: day.optional(),
    kickoff: z
      .strictObject({
        heldOn: day,
        attendees: z.array(z.string().trim().min(1).max(120)).min(1).max(60),
        minutes: z.string().trim().min(3).max(8000),
      })
      .optional(),
    liveOn: day.optional().describe('Only when every item is settled'),
    items: z.array(adoptedItem).max(60).default([]),
  })
  .superRefine(({ items, kickoff, liveOn }, context) => {
    for (const { index, first } of doubled(items.map(({ item }) => item))) {
      const message = `the item stands already at items.${String(first)}`;
      context.addIssue({ code: 'custom', path: ['items', index, 'item'], message });
    }
    if (kickoff && liveOn !== undefined && liveOn < kickoff.heldOn)
      context.addIssue({
        code: 'custom',
        path: ['liveOn'],
        message: `lies before the kickoff (${kickoff.heldOn})`,
      });
  });

const adoptedGuide = z
  .strictObject({
    documentId: id,
    version: z.number().int().positive(),
    language: z.string().min(2).max(20),
    recipients: z
      .array(
        z.strictObject({
          person: id,
          deliveredOn: day,
          acknowledgedOn: day.optional(),
          text: text.optional().describe('What proves it'),
        }),
      )
      .min(1)
      .max(500),
  })
  .superRefine(({ recipients }, context) => {
    const problem = (index: number, field: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['recipients', index, field], message });
    for (const { index, first } of doubled(recipients.map(({ person }) => person)))
      problem(index, 'person', `the person stands already at recipients.${String(first)}`);
    for (const [index, { deliveredOn, acknowledgedOn }] of recipients.entries()) {
      if (acknowledgedOn !== undefined && acknowledgedOn < deliveredOn)
        problem(index, 'acknowledgedOn', `lies before the delivery (${deliveredOn})`);
    }
  });

export const adoptedSchema = z
  .strictObject({
    portalRegisteredOn: day,
    activatedOn: day,
    source: text.describe('Where the facts come from'),
    onboarding: adoptedOnboarding.default({ items: [] }),
    userGuide: adoptedGuide.optional().describe('The version in force, and who has it'),
  })
  .superRefine(({ portalRegisteredOn, activatedOn }, context) => {
    if (activatedOn >= portalRegisteredOn) return;
    const message = `lies before the portal registration (${portalRegisteredOn})`;
    context.addIssue({ code: 'custom', path: ['activatedOn'], message });
  });
export type Adopted = z.infer<typeof adoptedSchema>;

/** What a contract starts from: its file, with the facts of an adoption or without. */
export const contractStartSchema = contractFileSchema.safeExtend({ adopted: adoptedSchema.optional() });

/** The file of an adoption: a contract file with the section `adopted`. */
export const adoptionFileSchema = contractFileSchema
  .safeExtend({ adopted: adoptedSchema })
  .superRefine(({ contacts, adopted }, context) => {
    const known = new Set(contacts.map((contact) => contact.id));
    for (const [index, { person }] of (adopted.userGuide?.recipients ?? []).entries()) {
      if (known.has(person)) continue;
      const path = ['adopted', 'userGuide', 'recipients', index, 'person'];
      context.addIssue({ code: 'custom', path, message: `no contact has the id ${person}` });
    }
  });
export type AdoptionFile = z.infer<typeof adoptionFileSchema>;

const takenOver = { by: z.string().nullable().describe('Who took it over') };
/** What the onboarding starts from, and hands on to the hand-over of the User Guide. */
export const onboardingTakenOver = adoptedOnboarding.safeExtend({
  ...takenOver,
  userGuide: adoptedGuide.optional(),
});
export type OnboardingTakenOver = z.infer<typeof onboardingTakenOver>;
export const guideTakenOver = adoptedGuide.safeExtend(takenOver);
export type GuideTakenOver = z.infer<typeof guideTakenOver>;

/** Where the facts name a day that has not come at an instant (epoch ms). */
export function futureDays(value: unknown, at: number, path = 'adopted'): readonly string[] {
  if (typeof value === 'string') return day.safeParse(value).success && !dayHasBegun(value, at) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => futureDays(member, at, `${path}.${name}`));
}

/** A day as an instant (epoch ms): noon UTC, which is that day in almost every zone. */
export function noonOf(date: string): number {
  return Date.parse(`${date}T12:00:00Z`);
}

function doubled(names: readonly string[]): { readonly index: number; readonly first: number }[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return first === index ? [] : [{ index, first }];
  });
}
