/** What is asked about documents that are handed over (service spec §3 R7, §4.1, §4.5). */
import { z } from 'zod';
import { documentKind, kindLabels } from '../../document/kinds.js';
import {
  eventsOf,
  ofKind,
  payloadText,
  type Past,
  type PastProcess,
  type RecordedEvent,
} from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

const handOver = z.object({
  kind: documentKind,
  inForce: z.object({ version: z.number(), title: z.string(), sinceAt: z.number() }).nullable(),
  notApplicable: z
    .object({ reason: z.string(), signedBy: z.string().nullable(), signedAt: z.number().nullable() })
    .nullable(),
  recipients: z.record(
    z.string(),
    z.object({
      version: z.number(),
      held: z.number().nullable(),
      deliveredAt: z.number().nullable(),
      acknowledgedAt: z.number().nullable(),
    }),
  ),
});
type HandOver = z.infer<typeof handOver> & { readonly process: PastProcess };

const contacts = z.object({
  contacts: z.array(z.object({ personId: z.string(), authorisedCaller: z.boolean() })).default([]),
});

export const guideHeld = question({
  name: 'guide-held',
  text: 'Did each authorised caller hold the version of the User Guide that was in force?',
  source: '§4.1',
  columns: {
    caller: person('Caller'),
    inForce: number('In force'),
    held: number('Held'),
    sent: number('Sent'),
    deliveredAt: instant('Delivered'),
    acknowledgedAt: instant('Acknowledged'),
    holds: yesNo('Holds it'),
  },
  ask: (past) => {
    const guides = handOversOf(past).filter(({ kind }) => kind === 'userGuide');
    const guide = guides.find(({ process }) => !process.closed) ?? guides.at(-1);
    const inForce = guide?.inForce?.version ?? null;
    return callersOf(past).map((caller) => {
      const got = guide?.recipients[caller];
      const held = got?.held ?? null;
      return {
        cells: {
          caller,
          inForce,
          held,
          sent: got?.version ?? null,
          deliveredAt: got?.deliveredAt ?? null,
          acknowledgedAt: got?.acknowledgedAt ?? null,
          holds: inForce !== null && held === inForce,
        },
        proof: guide ? provenFor(past, guide.process, caller) : [],
      };
    });
  },
});

export const documentsInForce = question({
  name: 'documents-in-force',
  text: 'Which documents were in force, and who had signed that one is not needed?',
  source: '§3 R7, §4.5',
  columns: {
    kind: text('Document'),
    version: number('Version'),
    title: text('Title'),
    since: instant('Since'),
    notNeeded: text('Not needed'),
    signedBy: person('Signed by'),
    signedAt: instant('Signed'),
  },
  ask: (past) =>
    handOversOf(past)
      .filter(({ process }) => !process.closed)
      .map(({ kind, inForce, notApplicable, process }) => ({
        cells: {
          kind: kindLabels[kind],
          version: inForce?.version ?? null,
          title: inForce?.title ?? null,
          since: inForce?.sinceAt ?? null,
          notNeeded: notApplicable?.reason ?? null,
          signedBy: notApplicable?.signedBy ?? null,
          signedAt: notApplicable?.signedAt ?? null,
        },
        proof: [
          process.started,
          ...eventsOf(past, process, 'released', 'declaredNotApplicable', 'signedNotApplicable').slice(-2),
        ],
      })),
});

/** Without those whose data were erased. */
function handOversOf(past: Past): HandOver[] {
  return ofKind(past, 'document').flatMap((process) => {
    const read = handOver.safeParse(process.data);
    return read.success ? [{ ...read.data, process }] : [];
  });
}

/** Whom the contract named as authorised callers then. */
function callersOf(past: Past): readonly string[] {
  return ofKind(past, 'contract').flatMap(({ data }) =>
    contacts.parse(data).contacts.flatMap((one) => (one.authorisedCaller ? [one.personId] : [])),
  );
}

/** The release, and what was reported of him; what was before Care Plus came with the start. */
function provenFor(past: Past, guide: PastProcess, caller: string): RecordedEvent[] {
  const released = eventsOf(past, guide, 'released').at(-1);
  const own = eventsOf(past, guide, 'delivered', 'acknowledged').filter(
    (event) => event.number > (released?.number ?? 0) && payloadText(event, 'recipient') === caller,
  );
  return [released ?? guide.started, ...own];
}
