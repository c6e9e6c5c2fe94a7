/** How the statuses of an outage guideline are reached that a User Guide never has. */
import { anActiveContract, done, KIM, MARIA, ROBIN, SAM, type Place } from './journeys.js';
import type { TestWorld } from '../support/world.js';

export const GUIDELINE_1 = { documentId: 'outage', version: 1, language: 'en' };
const REASON = { reason: 'No site has an outage procedure of its own.' };

/** The hand-over `doc_1` of an outage guideline that has just started. */
export async function anOutageGuideline(): Promise<TestWorld> {
  const world = await anActiveContract();
  const payload = { contractId: 'northwind-2026', kind: 'outageGuideline' };
  await done(world.start('document', 'doc_1', payload, '2026-11-23T09:00:00Z', SAM));
  return world;
}

export async function guidelineReleased(world: TestWorld, at = '2026-11-24T10:00:00Z'): Promise<TestWorld> {
  await done(world.command('doc_1', 'pick', GUIDELINE_1, at, SAM));
  await done(world.command('doc_1', 'release', {}, at, ROBIN));
  return world;
}

export async function declaredNotApplicable(at = '2026-11-24T10:00:00Z'): Promise<TestWorld> {
  const world = await anOutageGuideline();
  await done(world.command('doc_1', 'declareNotApplicable', REASON, at, SAM));
  return world;
}

export async function signedNotApplicable(): Promise<TestWorld> {
  const world = await declaredNotApplicable();
  await done(world.command('doc_1', 'signNotApplicable', {}, '2026-11-25T10:00:00Z', MARIA));
  return world;
}

/** A function, because the journeys that it builds on list it among theirs. */
export function documentPlaces(): readonly Place[] {
  return [
    { slug: 'document', status: 'draft', name: 'an outage guideline, started', world: anOutageGuideline },
    {
      slug: 'document',
      status: 'notApplicableAsked',
      name: 'declared as not applicable',
      world: () => declaredNotApplicable(),
    },
    {
      slug: 'document',
      status: 'notApplicable',
      name: 'signed as not applicable',
      world: signedNotApplicable,
    },
  ];
}

export const documentRefusals = [
  [
    'DOCUMENT_ALWAYS_NEEDED',
    async () => {
      const world = await anActiveContract();
      const payload = { contractId: 'northwind-2026', kind: 'userGuide' };
      await done(world.start('document', 'doc_1', payload, '2026-11-23T09:00:00Z', SAM));
      return world.command('doc_1', 'declareNotApplicable', REASON, '2026-11-24T10:00:00Z', KIM);
    },
  ],
  [
    'DOCUMENT_NOBODY_TO_SIGN',
    async () => {
      const world = await anOutageGuideline();
      const facts = world.contractFacts();
      world.looks = {
        document: () => ({ contract: { ...facts, approvers: [] }, versions: [], outage: null }),
      };
      return world.command('doc_1', 'declareNotApplicable', REASON, '2026-11-24T10:00:00Z', KIM);
    },
  ],
  [
    'DOCUMENT_NAMES_DO_NOT_FIT',
    async () => {
      const world = await anOutageGuideline();
      world.guideline = { ...(world.guideline as object), firstCall: ['gone-away'] };
      return world.command('doc_1', 'pick', GUIDELINE_1, '2026-11-24T10:00:00Z', SAM);
    },
  ],
] as const;
