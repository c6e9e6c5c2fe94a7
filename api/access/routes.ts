/** The review of access: who holds what, given by whom, last seen when; and whom the issuer of tokens calls what. */
import { z } from 'zod';
import { saveIdentities } from '../../db/provision/identities.js';
import { PROVIDER } from '../../db/provision/tenants.js';
import { readAccessReview, type ReviewedPerson } from '../../db/read/access-review.js';
import { remember } from '../audit/remember.js';
import { nextLink, readCursor, writeCursor } from '../http/cursor.js';
import { iso } from '../http/instants.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { route, staff } from '../http/route.js';
import { idParams, idText, instantOut, pageQuery } from '../http/schemas.js';
import { keyOut, keyView } from '../staff/key-routes.js';
import { visiblePerson } from '../staff/visible.js';

const REVIEW = '/v1/access/review';
const REVIEWED = 'access.reviewed';

const identityOut = z.object({
  issuer: z.string(),
  subject: z.string(),
  givenBy: z.string().nullable(),
  givenAt: instantOut,
});

const holdingOut = z
  .object({
    kind: z.enum(['grant', 'assignment', 'member', 'contact']),
    role: z.string(),
    tenantId: z.string(),
    everyCustomer: z.boolean().describe('A staff function that opens every customer'),
    contracts: z.array(z.string()),
    givenBy: z.string().nullable().describe('null: Care Plus itself, or before this was recorded'),
    givenAt: instantOut.nullable(),
  })
  .meta({ id: 'Holding' });

const reviewedOut = z
  .object({
    id: z.string(),
    name: z.string(),
    side: z.enum(['provider', 'endUser']),
    tenantId: z.string(),
    active: z.boolean(),
    lastSeenAt: instantOut.nullable().describe('The last request, to the minute; null: never'),
    lastSeenWith: z.enum(['key', 'token', 'name']).nullable(),
    identities: z.array(identityOut),
    holdings: z.array(holdingOut),
    keys: z.array(keyOut),
  })
  .meta({ id: 'ReviewedPerson' });

const review = route({
  method: 'get',
  path: REVIEW,
  tag: 'Access',
  summary: 'Who holds which role in which organisation, given by whom and when, last seen when',
  description: 'People by id with their roles, keys and identities. The look is remembered in the audit.',
  access: staff('auditor', 'policyAdministrator'),
  remembered: REVIEWED,
  query: z.strictObject({
    tenant: idText.optional().describe('Only people who may see this organisation'),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'A page of people',
      schema: z.object({ items: z.array(reviewedOut), next: z.string().nullable() }),
      headers: { link: 'The next page' },
    },
  },
  handle: async ({ caller, query }, deps) => {
    const cursor = query.cursor === undefined ? { id: '' } : readCursor(query.cursor);
    if (!cursor) {
      const problems = [{ path: 'cursor', problem: 'is not one that a page gave' }];
      return problem('QUERY_INVALID', { problems });
    }
    await remember(deps, caller, PROVIDER, null, REVIEWED);
    const { limit, tenant: tenantId = null } = query;
    const people = await readAccessReview(deps.database, { afterId: cursor.id, tenantId, limit: limit + 1 });
    const items = people.slice(0, limit);
    const last = items.at(-1);
    const next = people.length > items.length && last ? writeCursor({ ms: 0, id: last.id }) : null;
    const headers = next === null ? {} : { link: nextLink(REVIEW, { ...query }, next) };
    return ok({ items: items.map(reviewedView), next }, headers);
  },
});

function reviewedView({ keys, ...person }: ReviewedPerson): z.input<typeof reviewedOut> {
  return {
    ...person,
    lastSeenAt: iso(person.lastSeenAt),
    identities: person.identities.map((one) => ({ ...one, givenAt: iso(one.givenAt) })),
    holdings: person.holdings.map((one) => ({
      ...one,
      contracts: [...one.contracts],
      givenAt: iso(one.givenAt),
    })),
    keys: keys.map(keyView),
  };
}

/** Of one issuer nobody needs two; a change of issuer needs both for a while. */
const MOST_IDENTITIES = 5;
const identity = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .describe('Exactly as its tokens say it in `iss`'),
  subject: z.string().min(1).max(255).describe('What its tokens call the person, by default in `sub`'),
});
const identityList = z.object({ identities: z.array(identity) });

const identities = route({
  method: 'put',
  path: '/v1/people/{id}/identities',
  tag: 'Access',
  summary: 'Say what the issuer of access tokens calls a person',
  description:
    'Replaces what was said before; an empty list lets nobody in by a token. A token names a person and nothing else: what he may see and do is decided here.',
  access: staff('policyAdministrator'),
  params: idParams,
  body: z.strictObject({ identities: z.array(identity).max(MOST_IDENTITIES) }),
  example: { identities: [{ issuer: 'https://login.example.net', subject: '00u1sam' }] },
  problems: ['IDENTITY_TAKEN'],
  answers: { 200: { description: 'As saved', schema: identityList } },
  handle: async ({ caller, params, body }, deps) => {
    const person = await visiblePerson(deps, caller, params.id);
    if (!person) return notFound();
    const { taken } = await saveIdentities(deps.database, person, body.identities, caller.id);
    const first = taken[0];
    if (first) return problem('IDENTITY_TAKEN', { detail: `${first.subject} is somebody else already.` });
    return ok({ identities: body.identities });
  },
});

export const accessRoutes = [review, identities];
