/** How each refusal of a contact matrix is reached. */
import { coverageRuleNames } from '../../domain/contact-matrix/matrix.js';
import { refusalCode } from '../../domain/kernel/refusals.js';
import type { Answer } from '../../domain/kernel/store.js';
import { aContract, JAN, MARIA, ROBIN, SAM } from './journeys.js';
import { act, aMatrix, imported, inForce, row, rows, shared, withMatrix } from './journeys-contact-matrix.js';

const AT = '2026-12-01T10:00:00Z';

type Case = readonly [string, () => Promise<Answer | null>];

/** Each rule is broken by taking away everybody who keeps it. */
const levelsOf = {
  providerFirstLevels: ['lee-ward', SAM],
  providerLevel2: ['toni-vale'],
  providerLevel3: ['dana-hill'],
  providerLevel4: ['kim-field'],
  endUserFirstLevels: [JAN],
  endUserLevel2: ['lea-frost'],
  endUserLevel3: ['max-boyd'],
} as const;

const coverage = coverageRuleNames.map((rule): Case => {
  const gone: readonly string[] = levelsOf[rule];
  const contacts = rows()
    .filter(({ id }) => !gone.includes(id))
    .map(({ deputy: _, ...contact }) => contact);
  return [
    refusalCode('contactMatrix', rule),
    async () => act(await imported(await aMatrix(), contacts), 'share', {}, AT, SAM),
  ];
});

const importing = async (contacts: readonly object[], more: object = {}) =>
  act(await inForce(), 'import', { contacts, ...more }, AT, SAM);

export const contactMatrixRefusals: readonly Case[] = [
  ...coverage,
  [
    'CONTACT_MATRIX_CONTRACT_NOT_ACTIVE',
    async () =>
      withMatrix(await aContract()).start('contactMatrix', 'mtx_1', { contractId: 'northwind-2026' }, AT),
  ],
  ['CONTACT_MATRIX_NOTHING_DRAFTED', async () => act(await aMatrix(), 'share', {}, AT, SAM)],
  [
    'CONTACT_MATRIX_NONE_IN_FORCE',
    async () => act(await aMatrix(), 'discard', { reason: 'Not needed.' }, AT, SAM),
  ],
  ['CONTACT_MATRIX_OTHER_VERSION', async () => act(await shared(), 'agree', { version: 7 }, AT, ROBIN)],
  ['CONTACT_MATRIX_SELF_APPROVAL', async () => act(await shared(), 'agree', { version: 1 }, AT, SAM)],
  [
    'CONTACT_MATRIX_SIDE_HAS_AGREED',
    async () => {
      const world = await shared();
      await act(world, 'agree', { version: 1 }, AT, ROBIN);
      return act(world, 'agree', { version: 1 }, AT, 'kim-field');
    },
  ],
  ['CONTACT_MATRIX_MANY_GONE', async () => importing(rows().slice(5))],
  [
    'CONTACT_MATRIX_UNKNOWN_HOURS',
    async () => importing([...rows(), row('ada-cole', { hours: 'the-moon' })]),
  ],
  [
    'CONTACT_MATRIX_NOT_STAFF',
    async () => importing([...rows(), row('ada-cole', { side: 'provider', role: 'teamManager' })]),
  ],
  ['CONTACT_MATRIX_STARTS_IN_PAST', async () => importing(rows(), { from: '2026-11-30T00:00:00Z' })],
  [
    'CONTACT_MATRIX_UNKNOWN_CONTACT',
    async () => act(await inForce(), 'reportLeaver', { personId: 'ada-cole' }, AT, MARIA),
  ],
  [
    'CONTACT_MATRIX_ALREADY_LISTED',
    async () => act(await inForce(), 'reportJoiner', { contact: row(JAN) }, AT, MARIA),
  ],
  [
    'CONTACT_MATRIX_UNKNOWN_DEFECT',
    async () => act(await inForce(), 'resolveDefect', { defect: 'ada-cole', resolution: 'Mended.' }, AT, SAM),
  ],
  [
    'CONTACT_MATRIX_UNKNOWN_CALL',
    async () => act(await inForce(), 'recordReached', { call: 'case 1', personId: JAN }, AT, SAM),
  ],
];
