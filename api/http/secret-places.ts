/** Secrets in what people send (service spec §4.4): refused before any schema sees them, so that nothing keeps them. */
import { recordRefusal } from '../../db/store/refusals.js';
import { secretsIn } from '../../domain/secrets/detectors.js';
import type { Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { problem, type Place } from './problems.js';
import type { Reply } from './reply.js';

const MOST_PATH = 200;
/** Of places named in one answer; as many as of what cannot be stored. */
const MOST_PLACES = 20;

/**
 * Where a body holds a secret, by path and detector, never by its text. The body has been found clean before
 * (`uncleanPlaces`), so it is not nested deeper than a recursion may go.
 */
export function secretPlaces(value: unknown, path = ''): readonly Place[] {
  if (typeof value === 'string') return secretsAt(value, path);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const inName = secretsAt(key, path);
    return inName.length > 0 ? inName : secretPlaces(member, path === '' ? key : `${path}.${key}`);
  });
}

function secretsAt(text: string, path: string): Place[] {
  const place = path.slice(0, MOST_PATH) || '(whole)';
  return secretsIn(text).map((detector) => ({ path: place, problem: `looks like a secret: ${detector}` }));
}

/** The refusal, remembered in the chain of whom the caller belongs to. */
export async function refuseSecrets(
  deps: Pick<Dependencies, 'database'>,
  caller: Pick<Person, 'id' | 'tenantId'> | null,
  address: string,
  found: readonly Place[],
): Promise<Reply> {
  const problems = found.slice(0, MOST_PLACES);
  if (caller) {
    const places = problems.map((place) => `${place.path} (${place.problem})`).join(', ');
    await recordRefusal(deps.database, {
      tenantId: caller.tenantId,
      kind: 'refusal',
      processId: null,
      code: 'SECRET_FOUND',
      trigger: `${address}: ${places.slice(0, 1_000)}`,
      principal: caller.id,
    });
  }
  return problem('SECRET_FOUND', { problems });
}
