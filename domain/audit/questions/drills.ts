/** What is asked about fire drills: when they were held, and who was reached (service spec §4.16, §4.3). */
import { drillData } from '../../drill/words.js';
import { reachedBy } from '../../paging/ladder.js';
import { instant, number, person, question } from './question.js';
import { eventsOf, ofKind, payloadText, type Past, type PastProcess } from './recordings.js';

export const drills = question({
  name: 'drills',
  text: 'When were fire drills held, how many people were reached, and who acknowledged for the desk?',
  source: '§4.16, §4.3',
  columns: {
    startedAt: instant('Started'),
    startedBy: person('Started by'),
    endedAt: instant('Ended'),
    paged: number('Paged'),
    reached: number('Reached'),
    acknowledged: number('Acknowledged'),
    desk: person('For the desk'),
  },
  ask: (past) =>
    ofKind(past, 'drill').map((process) => {
      const read = drillData.safeParse(process.data);
      const data = read.success ? read.data : null;
      const answers = eventsOf(past, process, 'deskAcknowledged', 'acknowledged');
      const acknowledged = new Set(answers.map((event) => payloadText(event, 'recipient')));
      return {
        cells: {
          startedAt: process.started.record.at,
          startedBy: process.started.record.actor,
          endedAt: data?.ended?.at ?? null,
          ...reachIn(past, process),
          acknowledged: acknowledged.size,
          desk: data?.desk?.by ?? null,
        },
        proof: [process.started, ...answers, ...(process.closed ? [process.last] : [])],
      };
    }),
});

/** Who was paged, and of how many it is known that a message was at least taken. */
function reachIn({ mails }: Past, { id }: PastProcess) {
  const pages = mails.flatMap(({ processId, content, tries }) =>
    processId === id && tries !== null ? [{ recipient: content.recipient, tries }] : [],
  );
  const people = [...new Set(pages.map(({ recipient }) => recipient))];
  const reached = people.filter((who) => {
    const outcomes = pages.filter(({ recipient }) => recipient === who).flatMap(({ tries }) => tries);
    return ['delivered', 'accepted'].includes(reachedBy(outcomes.map((outcome) => ({ outcome }))));
  });
  return { paged: people.length, reached: reached.length };
}
