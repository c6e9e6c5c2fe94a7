/** A case for each refusal of an escalation. */
import { exampleContract, type TestWorld } from '../support/world.js';
import { aCase, factsOf, withEscalations } from '../support/escalation-world.js';
import { aContract, KIM, MARIA, SAM } from './journeys.js';
import {
  acknowledged,
  act,
  after,
  anEscalation,
  aWorld,
  closed,
  CONSENT,
  declined,
  inProgress,
  NOOR,
  OPENED,
  resolved,
  WAIT,
  waiting,
} from './journeys-escalation.js';

const CASE = { contractId: 'northwind-2026', caseId: 'cas_1', reason: 'The line is down.' };
const LATER = '2027-01-20T10:00:00Z';

const start = async (world: TestWorld, payload: Record<string, unknown>, id = 'esc_1') =>
  world.start('escalation', id, payload, OPENED, NOOR);
const refused =
  (
    journey: () => Promise<TestWorld>,
    command: string,
    payload: Record<string, unknown>,
    actor = NOOR,
    at = after(70),
  ) =>
  async () =>
    act(await journey(), command, payload, at, actor);
const plan = (nextUpdateAt: string, ownerId = NOOR) => ({
  ownerId,
  action: 'Replace the card.',
  nextUpdateAt,
});

export const escalationRefusals: readonly (readonly [
  string,
  () => Promise<{ code?: string; outcome: string } | null>,
])[] = [
  [
    'ESCALATION_CONTRACT_NOT_ACTIVE',
    async () => {
      const world = withEscalations(await aContract(exampleContract()));
      factsOf(world).cases.set('cas_1', aCase('P1', OPENED));
      return start(world, CASE);
    },
  ],
  ['ESCALATION_UNKNOWN_CASE', async () => start(await aWorld(), { ...CASE, caseId: 'cas_9' })],
  [
    'ESCALATION_CASE_RESTORED',
    async () => {
      const world = await aWorld();
      factsOf(world).cases.set('cas_1', aCase('P1', OPENED, { restoredAt: Date.parse(after(30)) }));
      return world.start('escalation', 'esc_1', { ...CASE, source: 'age' }, after(60), null);
    },
  ],
  ['ESCALATION_ALREADY_OPEN', async () => start(await anEscalation(), CASE, 'esc_2')],
  [
    'ESCALATION_ALREADY_OPEN',
    async () => {
      const world = await closed();
      await world.start('escalation', 'esc_2', CASE, after(70), NOOR);
      return act(world, 'reopen', { reason: 'Again.' }, after(80), MARIA);
    },
  ],
  [
    'ESCALATION_ALREADY_OPEN',
    async () => {
      const world = await declined();
      await world.start('escalation', 'esc_2', CASE, after(70), NOOR);
      return act(world, 'appeal', { reason: 'Not so.' }, after(80), MARIA);
    },
  ],
  ['ESCALATION_UNKNOWN_PERSON', async () => start(await aWorld(), { ...CASE, askedBy: 'nobody' })],
  ['ESCALATION_UNKNOWN_PERSON', refused(acknowledged, 'setPlan', plan(after(90), MARIA))],
  ['ESCALATION_ASKS_ALREADY', refused(anEscalation, 'join', { reason: 'Me too.', askedBy: MARIA })],
  [
    'ESCALATION_CAME_BY_ITSELF',
    refused(() => anEscalation({ source: 'age' }), 'decline', { reason: 'No.' }, NOOR, after(5)),
  ],
  ['ESCALATION_LEVEL_NOT_REACHED', refused(anEscalation, 'accept', { level: 'L3' })],
  ['ESCALATION_NOT_NAMED_AT_LEVEL', refused(anEscalation, 'accept', { level: 'L1' })],
  [
    'ESCALATION_LEVEL_ACCEPTED',
    async () => {
      const world = await anEscalation();
      await act(world, 'accept', { level: 'L1' }, after(65), KIM);
      return act(world, 'accept', { level: 'L1' }, after(66), SAM);
    },
  ],
  [
    'ESCALATION_NO_HIGHER_LEVEL',
    async () => {
      const world = await declined({ priority: 'P4' });
      await act(world, 'appeal', { reason: 'Not so.' }, after(20), MARIA);
      await act(world, 'decline', { reason: 'It is so.' }, after(30), KIM);
      return act(world, 'appeal', { reason: 'Not so.' }, after(40), MARIA);
    },
  ],
  ['ESCALATION_APPEAL_OVER', refused(declined, 'appeal', { reason: 'Not so.' }, MARIA, LATER)],
  ['ESCALATION_UPDATE_TOO_LATE', refused(acknowledged, 'setPlan', plan(after(200)))],
  ['ESCALATION_UPDATE_TOO_LATE', refused(acknowledged, 'setPlan', plan(after(5)))],
  ['ESCALATION_NO_CONSENT', refused(inProgress, 'acceptWorkaround', { workaround: 'The other line.' })],
  ['ESCALATION_NO_CONSENT', refused(inProgress, 'wait', { ...WAIT, pause: true })],
  [
    'ESCALATION_NO_CONSENT',
    refused(inProgress, 'standDown', { reason: 'Small.', consent: { ...CONSENT, personId: SAM } }),
  ],
  [
    'ESCALATION_SM_DECIDES',
    refused(waiting, 'wait', { ...WAIT, pause: true, consent: CONSENT }, NOOR, '2026-12-02T10:00:00Z'),
  ],
  [
    'ESCALATION_STOOD_DOWN',
    async () => {
      const world = await inProgress();
      await act(world, 'standDown', { reason: 'Small.', consent: CONSENT }, after(30));
      return act(world, 'standDown', { reason: 'Small.', consent: CONSENT }, after(31));
    },
  ],
  ['ESCALATION_CLIMBS_STILL', refused(inProgress, 'reportUnsolved', { reason: 'It is down.' })],
  ['ESCALATION_STILL_ASKED', refused(resolved, 'closeInSilence', { reason: 'Silent.' }, 'toni-vale')],
  ['ESCALATION_REOPENING_OVER', refused(closed, 'reopen', { reason: 'Again.' }, MARIA, LATER)],
  ['ESCALATION_REPORT_OWED', refused(closed, 'askReport', {}, MARIA)],
  [
    'ESCALATION_NO_REPORT_OWED',
    refused(() => closed({ priority: 'P3' }), 'deliverReport', { reference: 'Archive 1' }),
  ],
  [
    'ESCALATION_RATED',
    async () => {
      const world = await closed();
      await act(world, 'rate', { score: 4 }, after(61), MARIA);
      return act(world, 'rate', { score: 5 }, after(62), MARIA);
    },
  ],
];
