/** What is asked about the contact matrix (service spec §4.2). */
import { z } from 'zod';
import { eventsOf, ofKind, type Past, type PastProcess, type RecordedEvent } from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

const matrix = z.object({
  inForce: z
    .object({
      version: z.number(),
      contacts: z.array(
        z.object({
          personId: z.string(),
          side: z.string(),
          level: z.string(),
          deputyId: z.string().nullable(),
          mayApprove: z.array(z.string()),
          validFrom: z.number().nullable(),
          validTo: z.number().nullable(),
        }),
      ),
    })
    .nullish(),
  confirmedAt: z.number().nullish(),
  staleSince: z.number().nullish(),
});

const DAY_MS = 86_400_000;

export const matrixInForce = question({
  name: 'matrix-in-force',
  text: 'Which version of the contact matrix was in force, and how old was it?',
  source: '§4.2',
  columns: {
    version: number('Version'),
    since: instant('In force since'),
    days: number('Age in days'),
    confirmedAt: instant('Confirmed'),
    stale: yesNo('Stale'),
    contacts: number('Contacts'),
  },
  ask: (past) =>
    inForceThen(past).map(({ process, data, inForce, began }) => {
      const since = began?.record.at ?? null;
      const confirmed = eventsOf(past, process, 'confirmed').at(-1);
      return {
        cells: {
          version: inForce.version,
          since,
          days: since === null ? null : Math.floor((past.at - since) / DAY_MS),
          confirmedAt: data.confirmedAt ?? null,
          stale: data.staleSince != null,
          contacts: inForce.contacts.length,
        },
        proof: [...(began ? [began] : []), ...(confirmed ? [confirmed] : [])],
      };
    }),
});

export const matrixApprovers = question({
  name: 'matrix-approvers',
  text: 'Who could approve what by the contact matrix in force?',
  source: '§4.2',
  columns: {
    who: person('Who'),
    side: text('Side'),
    level: text('Level'),
    approves: text('May approve'),
    deputy: person('Deputy'),
    until: instant('Until'),
  },
  ask: (past) =>
    inForceThen(past).flatMap(({ inForce, began }) =>
      inForce.contacts
        .filter(
          ({ mayApprove, validFrom, validTo }) =>
            mayApprove.length > 0 && (validFrom ?? -Infinity) <= past.at && past.at < (validTo ?? Infinity),
        )
        .map((contact) => ({
          cells: {
            who: contact.personId,
            side: contact.side === 'provider' ? 'Provider' : 'End User',
            level: contact.level,
            approves: contact.mayApprove.join(', '),
            deputy: contact.deputyId,
            until: contact.validTo,
          },
          proof: began ? [began] : [],
        })),
    ),
});

type Data = z.infer<typeof matrix>;

interface InForce {
  readonly process: PastProcess;
  readonly data: Data;
  readonly inForce: NonNullable<Data['inForce']>;
  /** The step that made the version: an agreement, or the removal of somebody who left. */
  readonly began: RecordedEvent | undefined;
}

function inForceThen(past: Past): InForce[] {
  return ofKind(past, 'contactMatrix').flatMap((process) => {
    const data = matrix.parse(process.data);
    if (process.closed || !data.inForce) return [];
    const began = eventsOf(past, process, 'cameIntoForce', 'leaverRemoved').at(-1);
    return [{ process, data, inForce: data.inForce, began }];
  });
}
