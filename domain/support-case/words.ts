/** Support case: the thing that is served, from the call to its closure by consent (service spec §4.16, §3 R1, R4, R9, R10, §3a). */
import { words } from '../kernel/words.js';
import { caseClocks } from './clocks.js';
import { caseCommands, caseSignals, caseStart } from './commands.js';
import { supportCaseData } from './data.js';
import { caseNotices } from './notices.js';
import { caseRefusals } from './refusals.js';
import { caseRoles } from './roles.js';
import { caseLookups, casePolicy } from './scene.js';

export const supportCase = words({
  slug: 'supportCase',
  prefix: 'cas',
  version: 1,
  title: 'Case',
  summary:
    'A fault or question of the End User: who called, what it is entitled to, who works on it, until it is closed by consent.',
  source: 'service spec §4.16, §3 R1, R4, R9, R10, §3a',
  data: supportCaseData,
  policy: casePolicy,
  lookups: caseLookups,
  calendars: ({ data, directory }) => ({ main: data.calendarId, provider: directory.providerCalendarId }),
  statuses: {
    received: { label: 'Received, to be called back', kind: 'open', waitsFor: 'provider' },
    verified: { label: 'Verified', kind: 'open', waitsFor: 'provider' },
    provisional: { label: 'Provisional', kind: 'open', waitsFor: 'provider' },
    queued: { label: 'Queued', kind: 'open', waitsFor: 'provider' },
    rerouted: { label: 'Rerouted to the Support Centre', kind: 'open', waitsFor: 'provider' },
    sseEngaged: { label: 'Senior engineer engaged', kind: 'open', waitsFor: 'provider' },
    diagnosing: { label: 'Diagnosing', kind: 'open', waitsFor: 'provider' },
    awaitingEndUser: { label: 'Awaiting the End User', kind: 'open', waitsFor: 'endUser' },
    awaitingEngineering: { label: 'Awaiting engineering', kind: 'open', waitsFor: 'provider' },
    awaitingRma: { label: 'Awaiting a replacement', kind: 'open', waitsFor: 'outside' },
    workaround: { label: 'Workaround in place', kind: 'open', waitsFor: 'provider' },
    downgraded: { label: 'Downgraded, with the Support Centre', kind: 'open', waitsFor: 'provider' },
    resolved: { label: 'Resolved, watched', kind: 'open', waitsFor: 'provider' },
    closurePending: { label: 'Closure asked for', kind: 'open', waitsFor: 'endUser' },
    closed: { label: 'Closed', kind: 'closed' },
    abandoned: { label: 'Abandoned', kind: 'closed' },
    refused: { label: 'Not entitled', kind: 'closed' },
  },
  roles: caseRoles,
  owner: 'caseOwner',
  notices: caseNotices,
  clocks: caseClocks,
  start: caseStart,
  commands: caseCommands,
  signals: caseSignals,
  refusals: caseRefusals,
  headline: (data) => `${data.number} ${data.priority}`,
  contractId: (data) => data.contractId,
});
