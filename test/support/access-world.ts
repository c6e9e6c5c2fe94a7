/** What remote access and its sessions read in the world of the tests. */
import type { AgreementInForce } from '../../domain/remote-access/facts.js';
import { definitionOf } from '../../domain/processes.js';
import type { Data } from '../../domain/kernel/words.js';
import { signaturePayload } from '../../domain/signature/words.js';
import type { Look, TestWorld } from './world.js';

/** Evidence names its signer, so that a test can bring another one's: `sig_maria-stone`. */
function evidenceIn(world: TestWorld, payload: Data) {
  const read = signaturePayload.safeParse(payload);
  if (!read.success || !read.data.evidence) return null;
  const { evidence, version, sha256: documentSha256 } = read.data;
  const personId = evidence.id.replace('sig_', '');
  return { ...evidence, processId: world.find('remoteAccess') ?? '', personId, version, documentSha256 };
}

function openOf(world: TestWorld, slug: string): string[] {
  return [...world.store.processes].flatMap(([id, { ref, state }]) =>
    ref.slug === slug && state && definitionOf(slug)?.words.statuses[state.status]?.kind === 'open'
      ? [id]
      : [],
  );
}

/** The process of the contract's remote access, whatever its status. */
function agreementOf(world: TestWorld) {
  for (const [processId, { ref, state }] of world.store.processes)
    if (ref.slug === 'remoteAccess' && state)
      return { processId, inForce: state.data['inForce'] as AgreementInForce | null };
  return null;
}

const remoteAccess: Look = (world, { data, payload }) => {
  const { endsAt, siteIds } = world.stateOf('con_1').data as { endsAt: number; siteIds: string[] };
  return {
    contract: world.contractFacts(),
    term: { endsAt, siteIds, zone: 'Europe/Berlin' },
    evidence: evidenceIn(world, payload),
    bound: {
      sessions: openOf(world, 'accessSession'),
      other: data === null ? (agreementOf(world)?.processId ?? null) : null,
    },
  };
};

const accessSession: Look = (world) => ({
  contract: world.contractFacts(),
  agreement: agreementOf(world),
});

export const accessLooks = { remoteAccess, accessSession };
