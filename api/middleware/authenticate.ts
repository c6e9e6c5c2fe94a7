/** Who asks: by an API key, by an access token of the issuer, or in the dev profile by the name of a person. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { findByIdentity } from '../../db/provision/identities.js';
import { findApiKey } from '../../db/provision/keys.js';
import { readPerson, type Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import type { Credential } from './credential.js';

/**
 * `nobody`: the reason is for the log; the answer is the same whatever it is. `unavailable`: the issuer of tokens
 * cannot be asked for a key that is not known here.
 */
export type Authenticated =
  | { readonly kind: 'somebody'; readonly person: Person; readonly credential: Credential }
  | { readonly kind: 'nobody'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;
const KEY = /^cp_([a-z0-9_]{1,60})_([0-9a-f]{64})$/i;
const PERSON_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

type Parts = Pick<Dependencies, 'database' | 'profile' | 'tokens'>;

/** The active person behind a request and the credential that names him. */
export async function authenticate(deps: Parts, request: Request): Promise<Authenticated> {
  const given = request.headersDistinct['authorization'] ?? [];
  if (given.length > 1) return nobody('several Authorization headers');
  const authorization = given[0];
  if (authorization === undefined) return byName(deps, request);
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer === undefined) return nobody('the Authorization header holds no bearer');
  const [, id, secret] = KEY.exec(bearer) ?? [];
  return id !== undefined && secret !== undefined ? byKey(deps, id, secret) : byToken(deps, bearer);
}

async function byKey(deps: Parts, id: string, secret: string): Promise<Authenticated> {
  const found = await findApiKey(deps.database, hashOfSecret(secret));
  if (found?.id !== id) return nobody('key: unknown, ended, or of somebody who is not active');
  const { person, scopes } = found;
  return { kind: 'somebody', person, credential: { kind: 'key', id, scopes } };
}

async function byToken({ database, tokens }: Parts, token: string): Promise<Authenticated> {
  if (!tokens) return nobody('token: no issuer is set up');
  const read = await tokens(token);
  if (read.kind === 'unavailable') return { kind: 'unavailable', reason: `token: ${read.reason}` };
  if (read.kind === 'bad') return nobody(`token: ${read.reason}`);
  const person = await findByIdentity(database, read);
  if (!person) return nobody('token: its subject is nobody active here');
  return { kind: 'somebody', person, credential: { kind: 'token' } };
}

async function byName(deps: Parts, request: Request): Promise<Authenticated> {
  const named = request.headers['x-careplus-as'];
  if (deps.profile !== 'dev') return nobody('no credential');
  if (typeof named !== 'string' || !PERSON_ID.test(named)) return nobody('no credential, no name');
  const person = await readPerson(deps.database, named);
  if (!person) return nobody('name: nobody active');
  return { kind: 'somebody', person, credential: { kind: 'name' } };
}

function nobody(reason: string): Authenticated {
  return { kind: 'nobody', reason };
}

/** What is stored of a secret. It is random and long, so a plain hash is enough. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret.toLowerCase(), 'utf8').digest('hex');
}
