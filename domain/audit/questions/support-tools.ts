/** What is asked about the web support tools (service spec §4.5b). */
import { coverageOf } from '../../support-tools/coverage.js';
import { supportToolsData } from '../../support-tools/words.js';
import { eventsOf, ofKind, type Past } from './recordings.js';
import { instant, number, person, question, text, yesNo } from './question.js';

export const toolCoverage = question({
  name: 'tool-coverage',
  text: 'Which callers could use the web support tools, and when were they walked through them?',
  source: '§4.5b',
  columns: {
    person: person('Person'),
    caller: yesNo('Caller'),
    verified: yesNo('Logged in everywhere'),
    walkedThroughAt: instant('Walked through'),
    accounts: text('Accounts'),
  },
  ask: (past) =>
    coveragesOf(past).flatMap(({ process, coverage }) =>
      coverage.people.map((one) => ({
        cells: {
          person: one.person,
          caller: one.caller,
          verified: one.verified,
          walkedThroughAt: one.walkedThroughAt,
          accounts: one.accounts.map(({ tool, state }) => `${tool}: ${state}`).join(', '),
        },
        proof: [process.started, process.last],
      })),
    ),
});

export const leaversWithAccounts = question({
  name: 'leavers-with-accounts',
  text: 'Whose accounts of the web support tools still stood past their time after he had left?',
  source: '§4.5b',
  mustBeEmpty: true,
  columns: {
    person: person('Person'),
    leftAt: instant('Left'),
    dueAt: instant('To be removed by'),
    accounts: number('Accounts'),
  },
  ask: (past) =>
    coveragesOf(past).flatMap(({ process, data, coverage }) =>
      past.clocks
        .filter(({ processId, name }) => processId === process.id && name === 'leaver')
        .filter(({ missedAt, endedAt }) => missedAt !== null && endedAt === null)
        .map((clock) => ({
          cells: {
            person: clock.key,
            leftAt: data.leavers[clock.key] ?? null,
            dueAt: clock.dueAt,
            accounts: (coverage.people.find((one) => one.person === clock.key)?.accounts ?? []).filter(
              ({ state }) => !['requested', 'removed'].includes(state),
            ).length,
          },
          proof: [clock.started, ...eventsOf(past, process, 'accountsRemoved').slice(-1)],
        })),
    ),
});

/** Without those whose data were erased. */
function coveragesOf(past: Past) {
  return ofKind(past, 'supportTools').flatMap((process) => {
    const read = supportToolsData.safeParse(process.data);
    if (!read.success) return [];
    const running = past.clocks.filter(
      ({ processId, endedAt }) => processId === process.id && endedAt === null,
    );
    return [{ process, data: read.data, coverage: coverageOf(read.data, running) }];
  });
}
