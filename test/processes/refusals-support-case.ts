/** A case for each refusal of a support case. */
import type { Data } from '../../domain/kernel/words.js';
import { readsInstead } from '../support/case-world.js';
import type { TestWorld } from '../support/world.js';
import { JAN, KIM, MARIA } from './journeys.js';
import {
  aCase,
  act,
  aDesk,
  along,
  call,
  CASE,
  closurePending,
  diagnosing,
  engaged,
  minutes,
  NOOR,
  notReached,
  proposed,
  REMY,
  settledP3,
  taken,
  TONI,
  UNKNOWN,
} from './journeys-support-case.js';

const LATER = minutes(180);
const REASON = { reason: 'Because of that.' };

type Journey = () => Promise<TestWorld>;
const refusedStart =
  (change: Data, desk: Journey = () => aDesk()) =>
  async () =>
    call(await desk(), change);
const refusedStep =
  (journey: Journey, command: string, payload: Data, actor = NOOR, at = LATER) =>
  async () =>
    act(await journey(), command, payload, at, actor);
const provisional: Journey = () => aCase({ caller: UNKNOWN });
const disputed: Journey = async () =>
  along(await proposed(), ['disputePriority', { reason: 'It is not small.' }, 40, MARIA]);
const dropped: Journey = async () => along(await engaged(), ['recordDrop', {}, 10]);
/** The skill register names somebody else for the product. */
const withRegister: Journey = async () => {
  const world = await aCase({ product: 'routing' });
  readsInstead(world, { skills: { [REMY]: ['routing'] } });
  return world;
};
const settled: Journey = async () =>
  along(await settledP3(), ['consentClosure', { agreedBy: MARIA }, 200, MARIA]);
const longClosed: Journey = async () => {
  const world = await settled();
  await world.runTo('2027-01-15T00:00:00Z');
  return world;
};
/** A P3 after the end of the contract: it was closed with it, and a P2 of it is not covered. */
const lowAfterEnd: Journey = async () => {
  const world = await aCase({ priority: 'P3', source: 'api' });
  readsInstead(world, { cover: { tier: 'basic', sites: [] } });
  return world;
};

export const supportCaseRefusals: readonly (readonly [
  string,
  () => Promise<{ code?: string; outcome: string } | null>,
])[] = [
  ['SUPPORT_CASE_SAME_OUTAGE', async () => call(await aCase(), {}, LATER, 'cas_2')],
  [
    'SUPPORT_CASE_SOURCE_KNOWN',
    async () => {
      const outside = { source: 'outside', outside: { system: 'desk-one', key: '4711' } };
      return call(await aCase(outside), { ...outside, device: 'SN-1' }, LATER, 'cas_2');
    },
  ],
  ['SUPPORT_CASE_SOURCE_MISSING', refusedStart({ source: 'outside' })],
  ['SUPPORT_CASE_PLACE_MISSING', refusedStart({ device: undefined })],
  ['SUPPORT_CASE_SITE_UNKNOWN', refusedStart({ siteId: 'nowhere' })],
  ['SUPPORT_CASE_CALLER_UNKNOWN', refusedStart({ caller: { personId: 'nobody' } })],
  [
    'SUPPORT_CASE_NOT_AUTHORISED',
    refusedStep(provisional, 'verifyCaller', { personId: 'nobody', evidence: 'He said so.' }),
  ],
  ['SUPPORT_CASE_STILL_IN_DOUBT', refusedStep(provisional, 'confirmEntitlement', REASON)],
  ['SUPPORT_CASE_NOT_IN_DOUBT', refusedStep(aCase, 'confirmEntitlement', REASON)],
  [
    'SUPPORT_CASE_OWN_CALL',
    async () => {
      const world = await aDesk();
      await call(world, { caller: UNKNOWN }, minutes(0), CASE, KIM);
      return act(world, 'override', REASON, minutes(5), KIM);
    },
  ],
  ['SUPPORT_CASE_IN_BUSINESS_HOURS', refusedStep(provisional, 'override', REASON, TONI, minutes(30))],
  [
    'SUPPORT_CASE_OVERRIDE_TOO_LONG',
    refusedStep(provisional, 'override', { ...REASON, expiresAt: '2026-12-23T09:00:00Z' }, KIM),
  ],
  ['SUPPORT_CASE_ANSWERED', refusedStep(aCase, 'answer', {})],
  ['SUPPORT_CASE_NO_SKILL', refusedStep(withRegister, 'accept', {}, NOOR, minutes(3))],
  [
    'SUPPORT_CASE_NOT_AN_ENGINEER',
    refusedStep(engaged, 'handOver', { to: KIM, summary: 'Line card suspected, replace it.' }),
  ],
  ['SUPPORT_CASE_HAS_IT_ALREADY', refusedStep(engaged, 'assign', { to: NOOR, ...REASON }, TONI)],
  ['SUPPORT_CASE_NO_CALL_BACK', refusedStep(engaged, 'recordCallBack', { reached: true })],
  ['SUPPORT_CASE_CALL_BACK_OWED', refusedStep(dropped, 'recordDrop', {}, NOOR, minutes(12))],
  [
    'SUPPORT_CASE_CONSENT_MISSING',
    refusedStep(diagnosing, 'acceptWorkaround', {
      workaround: 'A detour.',
      agreedBy: KIM,
      evidence: 'Mail.',
    }),
  ],
  [
    'SUPPORT_CASE_CONSENT_MISSING',
    refusedStep(diagnosing, 'wait', {
      on: 'endUser',
      owes: MARIA,
      what: 'The logs.',
      consent: { by: KIM, evidence: 'Mail.' },
    }),
  ],
  [
    'SUPPORT_CASE_SM_DECIDES',
    async () => {
      const wait = { on: 'rma', owes: 'Logistics', what: 'A card.' };
      const world = await along(await taken(), ['wait', wait, 20]);
      await world.runTo('2026-11-30T16:00:00Z');
      return act(world, 'wait', wait, '2026-12-01T09:00:00Z');
    },
  ],
  ['SUPPORT_CASE_CONSENT_MISSING', refusedStep(proposed, 'agreePriority', { to: 'P3', agreedBy: TONI })],
  ['SUPPORT_CASE_EVIDENCE_MISSING', refusedStep(settledP3, 'consentClosure', { agreedBy: MARIA })],
  ['SUPPORT_CASE_NOT_HIGHER', refusedStep(diagnosing, 'raisePriority', { to: 'P2', ...REASON })],
  ['SUPPORT_CASE_NOT_LOWER', refusedStep(diagnosing, 'proposePriority', { to: 'P1', ...REASON })],
  ['SUPPORT_CASE_NOT_ENTITLED', refusedStep(lowAfterEnd, 'raisePriority', { to: 'P2', ...REASON })],
  ['SUPPORT_CASE_PROPOSED', refusedStep(proposed, 'proposePriority', { to: 'P4', ...REASON })],
  [
    'SUPPORT_CASE_NO_PROPOSAL',
    refusedStep(diagnosing, 'agreePriority', { to: 'P3', agreedBy: MARIA }, MARIA),
  ],
  ['SUPPORT_CASE_OTHER_PROPOSAL', refusedStep(proposed, 'agreePriority', { to: 'P4', agreedBy: JAN }, JAN)],
  [
    'SUPPORT_CASE_OWN_PROPOSAL',
    async () => {
      const world = await along(
        await diagnosing(),
        ['proposePriority', { to: 'P3', ...REASON }, 30, TONI],
        ['disputePriority', REASON, 40, MARIA],
      );
      return act(world, 'decidePriority', { lower: true, ...REASON }, LATER, TONI);
    },
  ],
  ['SUPPORT_CASE_NOT_DISPUTED', refusedStep(proposed, 'decidePriority', { lower: true, ...REASON }, TONI)],
  ['SUPPORT_CASE_DISPUTED', refusedStep(disputed, 'disputePriority', REASON, MARIA)],
  [
    'SUPPORT_CASE_NOT_SILENT',
    refusedStep(() => closurePending(), 'closeReasoned', REASON, TONI, minutes(1700)),
  ],
  ['SUPPORT_CASE_REOPEN_OVER', refusedStep(longClosed, 'reopen', REASON, MARIA, '2027-01-15T09:00:00Z')],
  ['SUPPORT_CASE_NOT_TRIED_ENOUGH', refusedStep(aCase, 'abandon', REASON)],
  ['SUPPORT_CASE_DUTY_MANAGER_ONLY', refusedStep(notReached, 'abandon', REASON)],
  ['SUPPORT_CASE_NOT_A_TEST', refusedStep(engaged, 'passTest', { evidence: 'It went well.' })],
];
