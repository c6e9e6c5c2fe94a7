/** Who asks: an API key, or in the dev profile the name of a person. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { findApiKey } from '../../db/provision/keys.js';
import { readPerson, type Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';

const KEY = /^Bearer +cp_([a-z0-9_]{1,60})_([0-9a-f]{64})$/i;
const PERSON_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The person behind a request; null when it names none, or one that is not known and active. */
export async function authenticate(deps: Dependencies, request: Request): Promise<Person | null> {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) return byKey(deps, authorization);
  const named = request.headers['x-careplus-as'];
  if (deps.profile !== 'dev' || typeof named !== 'string' || !PERSON_ID.test(named)) return null;
  return readPerson(deps.database, named);
}

async function byKey(deps: Dependencies, authorization: string): Promise<Person | null> {
  const match = KEY.exec(authorization);
  const [, id, secret] = match ?? [];
  if (id === undefined || secret === undefined) return null;
  const found = await findApiKey(deps.database, hashOfSecret(secret));
  return found?.id === id ? readPerson(deps.database, found.personId) : null;
}

/** What is stored of a secret. It is random and long, so a plain hash is enough. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret.toLowerCase(), 'utf8').digest('hex');
}
