/**
 * Adopts a customer from before Care Plus. The file is checked and rehearsed as a whole; then one start is accepted, and
 * the processes that follow from it are effects of its one step: taken over is everything or nothing, however often it is
 * sent and wherever it is interrupted.
 */
import { z } from 'zod';
import { businessNow } from '../../db/business-clock.js';
import { listDocuments } from '../../db/read/documents.js';
import { readStartInputs } from '../../db/read/dry-run.js';
import type { Person } from '../../db/read/person.js';
import { readVersion } from '../../db/read/set-up.js';
import { createTenant } from '../../db/provision/tenants.js';
import {
  adoptedSchema,
  adoptionFileSchema,
  futureDays,
  type Adopted,
  type AdoptionFile,
} from '../../domain/contract/adoption.js';
import { contractRules } from '../../domain/contract/rules.js';
import { canonical } from '../../domain/kernel/hash.js';
import type { Dependencies } from '../dependencies.js';
import { places } from '../http/places.js';
import { problem, type Place } from '../http/problems.js';
import { ok, type Reply } from '../http/reply.js';
import { refusalReply, submittedReply } from '../processes/answers.js';
import { submitStart } from '../processes/submit.js';
import { rehearse, type Guide } from './adoption-rehearsal.js';
import { reportOf } from './adoption-report.js';
import { checkContract, type CheckedContract } from './check.js';

interface Adoption {
  readonly file: unknown;
  readonly dryRun: boolean;
  readonly idempotencyKey: string | null;
}

export async function adoptCustomer(deps: Dependencies, caller: Person, asked: Adoption): Promise<Reply> {
  const guides = await publishedGuides(deps, caller);
  const read = adoptionFileSchema.safeParse(asked.file);
  const checked = await checkContract(deps, caller, withoutAdoption(asked.file));
  const problems = once([
    ...(read.success ? [] : places(read.error)),
    ...(checked.ok ? [] : checked.problems),
    ...(await adoptedPlaces(deps, caller, asked.file, guides)),
  ]);
  if (!read.success || !checked.ok || problems.length > 0) return problem('BODY_INVALID', { problems });
  const file = read.data;
  if (checked.known) return alreadyHere(file, checked.known);
  const policy = { id: file.policy, version: checked.policyVersion };
  const start = { tenantId: file.endUser.id, definition: contractRules, payload: file, policy };
  const dry = await readStartInputs(deps.database, deps.inputs, {
    ...start,
    processId: 'rehearsal',
    key: null,
  });
  if (dry.kind === 'bound') throw new Error('A key that was not given is bound.');
  const { inputs, now } = dry.read;
  const rehearsed = await rehearse(deps.registry, { file, inputs, guides, now, actor: caller.id });
  if (rehearsed.refused) return refusalReply(rehearsed.refused);
  const report = reportOf(file, rehearsed.processes, caller.zone);
  if (asked.dryRun) return ok({ outcome: 'rehearsed', ...report });
  const submitted = await submitStart(deps, {
    ...start,
    auditTenantId: 'provider',
    actor: caller.id,
    // Sent twice before the first was decided, it is the same request.
    idempotencyKey: asked.idempotencyKey ?? `adoption ${file.id}`,
    ownerId: file.provider.smManager,
    prepare: () => createTenant(deps.database, file.endUser),
  });
  const reply = submittedReply(submitted, 201);
  return reply.status < 300 ? { ...reply, body: { ...(reply.body as object), ...report } } : reply;
}

type Known = NonNullable<Extract<CheckedContract, { ok: true }>['known']>;

/** The same file again changes nothing; anybody else is no stranger who could be adopted. */
function alreadyHere(file: AdoptionFile, { processId, differences: diff, adopted }: Known): Reply {
  const same = diff.length === 0 && canonical(adopted ?? null) === canonical(file.adopted);
  if (same) return ok({ processId, outcome: 'unchanged' });
  const detail = `Contract ${file.id} is known; only a customer who is not here yet can be adopted.`;
  return problem('CONTRACT_KNOWN', { detail, members: { processId, diff } });
}

/** What is wrong with the facts of the adoption, as far as they can be read, whatever is wrong with the contract. */
async function adoptedPlaces(
  deps: Dependencies,
  caller: Person,
  input: unknown,
  guides: readonly Guide[],
): Promise<readonly Place[]> {
  const read = readable.safeParse(input);
  if (!read.success) return [];
  const { adopted, policy } = read.data;
  const now = await deps.database.as('relay', {}, businessNow);
  const inForce = policy === undefined ? null : await readVersion(deps.database, caller.id, 'policy', policy);
  return [
    ...futureDays(adopted, now).map((path) => ({
      path,
      problem: 'lies in the future; take over what has happened',
    })),
    ...(inForce ? itemPlaces(adopted, inForce.body) : []),
    ...guidePlaces(adopted, guides),
  ];
}

const readable = z.object({ adopted: adoptedSchema, policy: z.string().optional().catch(undefined) });

function withoutAdoption(file: unknown): unknown {
  if (typeof file !== 'object' || file === null) return file;
  return Object.fromEntries(Object.entries(file).filter(([name]) => name !== 'adopted'));
}

/** Two checks may find the same fault. */
function once(problems: readonly Place[]): readonly Place[] {
  return [...new Map(problems.map((each) => [canonical(each), each])).values()];
}

async function publishedGuides(deps: Dependencies, caller: Person): Promise<readonly Guide[]> {
  const documents = await listDocuments(deps.database, caller.id, { kind: 'userGuide', contractId: null });
  return documents.map(({ documentId, version, language, title, sha256 }) => ({
    documentId,
    version,
    language,
    title,
    sha256,
  }));
}

function itemPlaces(adopted: Adopted, policy: unknown): readonly Place[] {
  const { checklist } = (policy as { onboarding: { checklist: readonly { key: string }[] } }).onboarding;
  const { items, liveOn } = adopted.onboarding;
  const path = 'adopted.onboarding';
  const keys = checklist.map(({ key }) => key);
  const unknown = items.flatMap(({ item }, index) =>
    keys.includes(item)
      ? []
      : [
          {
            path: `${path}.items.${String(index)}.item`,
            problem: `is no item of the checklist: ${keys.join(', ')}`,
          },
        ],
  );
  const open = keys.filter((key) => !items.some(({ item }) => item === key));
  if (liveOn === undefined || open.length === 0) return unknown;
  return [...unknown, { path: `${path}.liveOn`, problem: `Live needs every item; open: ${open.join(', ')}` }];
}

function guidePlaces({ userGuide }: Adopted, guides: readonly Guide[]): readonly Place[] {
  if (!userGuide) return [];
  const { documentId, version, language } = userGuide;
  const published = guides.some(
    (guide) => guide.documentId === documentId && guide.version === version && guide.language === language,
  );
  if (published) return [];
  const problem = `version ${String(version)} of ${documentId} in ${language} is not published; publish it first`;
  return [{ path: 'adopted.userGuide.version', problem }];
}
