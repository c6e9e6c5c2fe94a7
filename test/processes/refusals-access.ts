/** A case for each refusal of remote access and of its sessions. */
import type { Answer } from '../../domain/kernel/store.js';
import type { Data } from '../../domain/kernel/words.js';
import { exampleContract, type TestWorld } from '../support/world.js';
import { aContract, anActiveContract } from './journeys.js';
import {
  access,
  accessAt,
  AGREEMENT,
  anAccess,
  aSession,
  expired,
  LED,
  revoked,
  SESSION_AT,
  signatureBy,
  startSession,
  TEST,
  testPlanned,
} from './journeys-access.js';

type Case = readonly [string, () => Promise<Answer | null>];
const AT = '2027-12-02T10:00:00Z';
const SOON = '2026-12-07T10:30:00Z';

const ask = (made: () => Promise<TestWorld>, name: string, payload: Data, actor: string, at = SOON) =>
  made().then((world) => access(world, name, payload, at, actor));
const draft = (change: Data): Promise<Answer | null> =>
  ask(anAccess, 'draft', { ...AGREEMENT, ...change }, 'sam-rivers');
const at = (status: string) => () => accessAt(status);
const session = async (name: string, payload: Data, actor: string, before: Data = {}) =>
  (await aSession(before)).command('ses_1', name, payload, SOON, actor);
const start = async (change: Data) => startSession(await accessAt('active'), change);
const ended = async () => {
  const world = await aSession();
  await world.command('ses_1', 'end', { changed: 'Nothing.' }, SOON, 'lee-ward');
  return world;
};
const withoutApprover = () => {
  const contacts = exampleContract().contacts.map((contact) => ({ ...contact, approver: false }));
  return anActiveContract(exampleContract({ contacts }));
};

export const accessRefusals: readonly Case[] = [
  [
    'REMOTE_ACCESS_CONTRACT_NOT_ACTIVE',
    async () => (await aContract()).start('remoteAccess', 'acc_1', { contractId: 'northwind-2026' }, SOON),
  ],
  [
    'REMOTE_ACCESS_ALREADY_THERE',
    async () => (await anAccess()).start('remoteAccess', 'acc_2', { contractId: 'northwind-2026' }, SOON),
  ],
  ['REMOTE_ACCESS_UNKNOWN_SITE', () => draft({ siteIds: ['elsewhere'] })],
  ['REMOTE_ACCESS_EMPTY_SCOPE', () => draft({ siteIds: [], devices: [] })],
  ['REMOTE_ACCESS_UNKNOWN_ENGINEER', () => draft({ engineers: ['maria-stone'] })],
  [
    'REMOTE_ACCESS_UNKNOWN_ENGINEER',
    () => ask(at('active'), 'addEngineer', { personId: 'nobody' }, 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_WRONG_ADMINISTRATOR',
    () => draft({ administrators: { provider: 'toni-vale', endUser: 'sam-rivers' } }),
  ],
  [
    'REMOTE_ACCESS_SELF_REVIEW',
    () => ask(at('legalReview'), 'passReview', { evidence: 'I like it.' }, 'sam-rivers'),
  ],
  [
    'REMOTE_ACCESS_NOBODY_TO_SIGN',
    async () =>
      ask(
        async () => anAccess(null, await withoutApprover()),
        'declareNotRequired',
        { text: 'None.' },
        'sam-rivers',
      ),
  ],
  [
    'REMOTE_ACCESS_SIGNED_ALREADY',
    () => ask(at('counterSignPending'), 'sign', signatureBy('maria-stone'), 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_SIGNED_ALREADY',
    () => ask(at('signed'), 'counterSign', signatureBy('kim-field'), 'kim-field'),
  ],
  [
    'REMOTE_ACCESS_OTHER_VERSION',
    () => ask(at('sentForSignature'), 'sign', signatureBy('maria-stone', { version: 2 }), 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_NOT_PROVEN',
    () => ask(at('sentForSignature'), 'sign', signatureBy('jan-reed'), 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_SELF_COUNTER_SIGN',
    async () => {
      const world = await anAccess();
      await access(world, 'draft', AGREEMENT, '2026-11-24T09:00:00Z', 'kim-field');
      await access(world, 'submit', {}, '2026-11-24T10:00:00Z', 'kim-field');
      await access(world, 'passReview', { evidence: 'Fine.' }, '2026-11-24T11:00:00Z', 'robin-lake');
      await access(world, 'sign', signatureBy('maria-stone'), '2026-11-24T12:00:00Z', 'maria-stone');
      return access(world, 'counterSign', signatureBy('kim-field'), SOON, 'kim-field');
    },
  ],
  [
    'REMOTE_ACCESS_DATE_IN_FUTURE',
    () =>
      ask(at('signed'), 'recordTest', { testedOn: '2027-01-01', passed: true, text: 'Fine.' }, 'sam-rivers'),
  ],
  ['REMOTE_ACCESS_TEST_PLANNED', () => ask(testPlanned, 'planTest', TEST, 'sam-rivers')],
  [
    'REMOTE_ACCESS_NO_TEST_PLANNED',
    () => ask(at('signed'), 'cancelTest', { reason: 'Later.' }, 'sam-rivers'),
  ],
  [
    'REMOTE_ACCESS_START_IN_PAST',
    () => ask(testPlanned, 'moveTest', { startsAt: '2026-11-30T10:00:00Z' }, 'sam-rivers'),
  ],
  [
    'REMOTE_ACCESS_UNKNOWN_PERSON',
    () => ask(at('signed'), 'planTest', { ...TEST, invitees: ['gone-away'] }, 'sam-rivers'),
  ],
  ['REMOTE_ACCESS_NOT_IN_FORCE', () => ask(at('draft'), 'revoke', { reason: 'No.?' }, 'maria-stone')],
  ['REMOTE_ACCESS_NOT_RECERTIFIABLE', () => ask(at('active'), 'recertify', { version: 2 }, 'maria-stone')],
  [
    'REMOTE_ACCESS_ENGINEER_NAMED',
    () => ask(at('active'), 'addEngineer', { personId: 'lee-ward' }, 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_NOT_NAMED',
    () => ask(at('active'), 'removeEngineer', { personId: 'robin-lake' }, 'maria-stone'),
  ],
  [
    'REMOTE_ACCESS_NOT_NAMED',
    () => ask(at('active'), 'confirmLeaver', { personId: 'lee-ward' }, 'toni-vale'),
  ],
  [
    'REMOTE_ACCESS_CONFIRMED_ALREADY',
    async () => {
      const world = await revoked();
      await access(world, 'confirmRemoval', {}, SOON, 'toni-vale');
      return access(world, 'confirmRemoval', {}, SOON, 'toni-vale');
    },
  ],
  ['REMOTE_ACCESS_REMOVAL_OPEN', () => ask(revoked, 'draft', AGREEMENT, 'sam-rivers')],
  [
    'REMOTE_ACCESS_NOTHING_TO_EXTEND',
    async () => {
      const world = await expired();
      const payload = { caseNumber: '7', reason: 'The hub is down.' };
      await access(world, 'extend', payload, AT, 'maria-stone');
      await world.runTo('2027-12-03T10:00:00Z');
      return access(world, 'extend', payload, '2027-12-03T11:00:00Z', 'maria-stone');
    },
  ],

  ['ACCESS_SESSION_NO_LIVE_AGREEMENT', async () => startSession(await accessAt('tested'))],
  [
    'ACCESS_SESSION_NO_LIVE_AGREEMENT',
    async () => {
      const world = await aSession({ plannedEnd: '2026-12-07T12:00:00Z' });
      await access(world, 'revoke', { reason: 'Enough.' }, SOON, 'maria-stone');
      return startSession(world, {}, SOON, 'ses_2');
    },
  ],
  ['ACCESS_SESSION_OTHER_METHOD', () => start({ method: 'vpn' })],
  ['ACCESS_SESSION_ENGINEER_NOT_NAMED', () => start({ engineerId: 'robin-lake' })],
  ['ACCESS_SESSION_ENGINEER_NOT_NAMED', () => start({ ...LED, engineerId: 'jan-reed' })],
  ['ACCESS_SESSION_NOT_IN_SCOPE', () => start({ siteId: null })],
  ['ACCESS_SESSION_MAY_NOT_CONSENT', () => start({ approverId: 'jan-reed' })],
  ['ACCESS_SESSION_MAY_NOT_CONSENT', () => start({ ...LED, approverId: 'sam-rivers' })],
  ['ACCESS_SESSION_CONSENT_MISSING', () => start({ approverId: null })],
  ['ACCESS_SESSION_CONSENT_MISSING', () => start({ ...LED, approverId: null })],
  [
    'ACCESS_SESSION_CONSENT_MISSING',
    () => session('prolong', { plannedEnd: '2026-12-07T13:00:00Z', reason: 'Slow.' }, 'lee-ward'),
  ],
  [
    'ACCESS_SESSION_MAY_NOT_CONSENT',
    () =>
      session(
        'prolong',
        { plannedEnd: '2026-12-07T13:00:00Z', approverId: 'jan-reed', reason: 'Slow.' },
        'lee-ward',
      ),
  ],
  ['ACCESS_SESSION_PLANNED_END_PASSED', () => start({ plannedEnd: SESSION_AT })],
  ['ACCESS_SESSION_TOO_LONG', () => start({ plannedEnd: '2026-12-08T10:00:00Z' })],
  [
    'ACCESS_SESSION_STOPPED',
    async () => {
      const world = await aSession();
      await world.command('ses_1', 'stop', { reason: 'Wrong device.' }, SOON, 'maria-stone');
      return world.command('ses_1', 'stop', { reason: 'Wrong device.' }, SOON, 'maria-stone');
    },
  ],
  [
    'ACCESS_SESSION_DISPUTED_ALREADY',
    async () => {
      const world = await ended();
      await world.command('ses_1', 'dispute', { text: 'The filter.' }, SOON, 'maria-stone');
      return world.command('ses_1', 'dispute', { text: 'The filter.' }, SOON, 'maria-stone');
    },
  ],
  [
    'ACCESS_SESSION_NOTHING_DISPUTED',
    async () => (await ended()).command('ses_1', 'settleDispute', { outcome: 'Fine.' }, SOON, 'sam-rivers'),
  ],
];
