/** The door of every route that is not open to anybody: who comes, how often, and whether he may. */
import type { RequestHandler } from 'express';
import { hasStaff } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { finish } from '../http/handler.js';
import { forbidden, problem } from '../http/problems.js';
import type { Reply } from '../http/reply.js';
import { scopeOf, type Route } from '../http/route.js';
import { authenticate } from './authenticate.js';
import type { Credential } from './credential.js';
import { useNoter } from './last-use.js';
import { limitsAfterTheDoor } from './limits.js';
import { replyToError } from './problem.js';
import { noteOf, type RequestNote } from './request-log.js';

/** Seconds after which the issuer of tokens may be there again. */
const ISSUER_RETRY_AFTER = '10';

export type Door = (route: Route) => readonly RequestHandler[];

/** What stands in front of a route, in order; one door for all routes, because its limits count them together. */
export function createDoor(deps: Dependencies): Door {
  const noteUse = useNoter(deps.database, deps.log);
  const limits = limitsAfterTheDoor(deps.limits);
  return (route) => {
    const named: RequestHandler = (request, _response, next) => {
      noteOf(request).route = route.path;
      next();
    };
    if (route.access.to === 'anybody') return [named];
    const identify: RequestHandler = async (request, response, next) => {
      const note = noteOf(request);
      const reply = await admit(route, deps, note, () => authenticate(deps, request)).catch(
        (error: unknown) => replyToError(error, deps.log.child({ requestId: note.id, route: route.path })),
      );
      if (reply) {
        finish(request, response, reply);
        return;
      }
      const { caller } = note;
      if (caller)
        noteUse({
          ...useOf(caller.credential),
          tenantId: caller.person.tenantId,
          personId: caller.person.id,
        });
      next();
    };
    const permit: RequestHandler = (request, response, next) => {
      const reply = refusalFor(route, noteOf(request));
      if (reply) finish(request, response, reply);
      else next();
    };
    return [named, identify, ...limits, permit];
  };
}

/** Notes who comes; an answer when nobody may come in like this. */
async function admit(
  route: Route,
  deps: Dependencies,
  note: RequestNote,
  ask: () => ReturnType<typeof authenticate>,
): Promise<Reply | null> {
  const authenticated = await ask();
  if (authenticated.kind === 'somebody') {
    const { person, credential } = authenticated;
    note.caller = { person, credential };
    note.personId = person.id;
    if (credential.kind === 'key') note.keyId = credential.id;
    return null;
  }
  note.refused = authenticated.reason;
  if (authenticated.kind === 'unavailable') {
    return problem('ISSUER_UNAVAILABLE', { headers: { 'retry-after': ISSUER_RETRY_AFTER } });
  }
  if (route.access.to === 'bootstrap' && !(await hasStaff(deps.database))) return null;
  return problem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer realm="careplus"' } });
}

function refusalFor(route: Route, { caller }: RequestNote): Reply | null {
  if (!caller) return null;
  const { person, credential } = caller;
  const scope = scopeOf(route);
  if (credential.kind === 'key' && !credential.scopes.includes(scope)) {
    return problem('KEY_SCOPE', { detail: `The key is not for this: it has no scope ${scope}.` });
  }
  if (!('grants' in route.access)) return null;
  const { grants } = route.access;
  const may = person.side === 'provider' && grants.some((grant) => person.grants.includes(grant));
  return may ? null : forbidden(grants);
}

function useOf(credential: Credential) {
  return { kind: credential.kind, credentialId: credential.kind === 'key' ? credential.id : '' } as const;
}
