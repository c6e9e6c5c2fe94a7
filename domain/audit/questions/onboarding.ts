/** What is asked about an onboarding (service spec §4.0). */
import { z } from 'zod';
import {
  decidedBy,
  eventsOf,
  inTime,
  ofKind,
  ownName,
  payloadText,
  type Past,
  type PastProcess,
  type RecordedEvent,
} from './recordings.js';
import { instant, person, question, text, yesNo } from './question.js';

const checklist = z.object({
  items: z
    .array(
      z.object({
        key: z.string(),
        label: z.string(),
        phase: z.string(),
        state: z.string(),
        process: z.string().nullish(),
        at: z.number().nullish(),
        by: z.string().nullish(),
        evidence: z.looseObject({ kind: z.string() }).nullish(),
      }),
    )
    .default([]),
});

type Item = z.infer<typeof checklist>['items'][number];

const SETTLED = ['done', 'notApplicable', 'waived'];

export const onboardingItems = question({
  name: 'onboarding-items',
  text: 'When was each item of the checklist settled, against its clock, by whom and with which proof?',
  source: '§4.0',
  columns: {
    item: text('Item'),
    state: text('State'),
    settledAt: instant('Settled'),
    dueAt: instant('Due'),
    inTime: yesNo('In time'),
    by: person('By'),
    evidence: text('Evidence'),
  },
  ask: (past) =>
    ofKind(past, 'onboarding').flatMap((process) =>
      checklist.parse(process.data).items.map((item) => {
        const settled = settledBy(past, process, item);
        // The clock of a phase has its name.
        const clock = past.clocks.find(
          ({ processId, name }) => processId === process.id && name === item.phase,
        );
        const settledAt = SETTLED.includes(item.state) ? (item.at ?? null) : null;
        const dueAt = clock?.dueAt ?? null;
        return {
          cells: {
            item: item.label,
            state: item.state,
            settledAt,
            dueAt,
            inTime: inTime(past, settledAt, dueAt),
            by: item.by ?? null,
            evidence: item.evidence?.kind ?? null,
          },
          proof: [...(clock ? [clock.started] : []), ...(settled ? [settled] : [])],
        };
      }),
    ),
});

export const waivers = question({
  name: 'waivers',
  text: 'Which waivers were asked for, by whom, and who decided them?',
  source: '§4.0, §7 Q3',
  columns: {
    item: text('Item'),
    askedBy: person('Asked by'),
    askedAt: instant('Asked'),
    reason: text('Reason'),
    decision: text('Decision'),
    decidedBy: person('Decided by'),
    decidedAt: instant('Decided'),
  },
  ask: (past) =>
    ofKind(past, 'onboarding').flatMap((process) => {
      const labels = new Map(checklist.parse(process.data).items.map(({ key, label }) => [key, label]));
      return eventsOf(past, process, 'waiverAsked').map((asked) => {
        const item = payloadText(asked, 'item') ?? '';
        const decided = eventsOf(past, process, 'waiverApproved', 'waiverRefused').find(
          (one) => one.number > asked.number && payloadText(one, 'item') === item,
        );
        return {
          cells: {
            item: labels.get(item) ?? item,
            askedBy: asked.record.actor,
            askedAt: asked.record.at,
            reason: payloadText(asked, 'reason'),
            decision: decided
              ? ownName(decided.record.event) === 'waiverApproved'
                ? 'approved'
                : 'refused'
              : null,
            decidedBy: decided?.record.actor ?? null,
            decidedAt: decided?.record.at ?? null,
          },
          proof: decided ? [asked, decided] : [asked],
        };
      });
    }),
});

export const deliveries = question({
  name: 'deliveries',
  text: 'Which messages went to the End User, and what proves that they were delivered?',
  source: '§4.0',
  columns: {
    process: text('Process'),
    notice: text('Message'),
    recipient: person('Recipient'),
    decidedAt: instant('Decided'),
    state: text('State'),
    settledAt: instant('Settled'),
    receipt: text('Receipt'),
  },
  ask: (past) =>
    past.mails
      .filter(({ content }) => past.directory?.people[content.recipient]?.side !== 'provider')
      .map((mail) => {
        const reports = past.events.filter(
          (event) =>
            event.record.processId === mail.processId &&
            event.record.trigger.startsWith('signal ') &&
            payloadText(event, 'effectKey') === mail.key,
        );
        return {
          cells: {
            process: past.processes.find(({ id }) => id === mail.processId)?.title ?? mail.processId,
            notice: mail.content.notice,
            recipient: mail.content.recipient,
            decidedAt: mail.decidedAt,
            state: mail.state,
            settledAt: mail.settledAt,
            receipt: mail.receipt,
          },
          proof: [...decidedBy(past, mail), ...reports],
        };
      }),
});

/** The step that made an item what it is: it names the item or its process; what was before came with the start. */
function settledBy(past: Past, process: PastProcess, item: Item): RecordedEvent | undefined {
  if (item.evidence?.kind === 'beforeCarePlus') return process.started;
  return past.events.findLast(
    (event) =>
      event.record.processId === process.id &&
      event.record.at === item.at &&
      [item.key, item.process].includes(payloadText(event, 'item')),
  );
}
