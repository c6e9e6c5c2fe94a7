/** The refusals of an adoption that the check of the file has not caught before. */
import { example } from '../support/world.js';
import { anActiveContract } from './journeys.js';
import { TestWorld } from '../support/world.js';

const AT = '2026-12-01T10:00:00Z';
const DAY = '2025-09-22';
const guide = {
  documentId: 'user-guide',
  version: 1,
  language: 'en',
  recipients: [{ person: 'maria-stone', deliveredOn: DAY }],
};

export const adoptionRefusals: readonly (readonly [
  string,
  () => Promise<{ code?: string; outcome: string } | null>,
])[] = [
  [
    'CONTRACT_ADOPTED_IN_FUTURE',
    async () => {
      const file = example('adoption/larkspur-2025.yaml') as { adopted: object };
      const adopted = { ...file.adopted, activatedOn: '2026-12-24' };
      return new TestWorld().start('contract', 'con_1', { ...file, adopted }, AT);
    },
  ],
  [
    'ONBOARDING_TAKEN_OVER_BY_HAND',
    async () => {
      const adopted = { by: 'kim-field', contactedOn: DAY };
      const payload = { contractId: 'northwind-2026', adopted };
      return (await anActiveContract()).start('onboarding', 'onb_1', payload, AT);
    },
  ],
  [
    'DOCUMENT_TAKEN_OVER_BY_HAND',
    async () => {
      const adopted = { ...guide, by: 'kim-field' };
      const payload = { contractId: 'northwind-2026', kind: 'userGuide', adopted };
      return (await anActiveContract()).start('document', 'doc_1', payload, AT);
    },
  ],
];
