/** The OpenAPI 3.1 document of a list of routes. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problemWords, type ProblemCode } from './problems.js';
import { FORM, scopeOf, type Route } from './route.js';
import { problemOut } from './schemas.js';
import { refusalStatuses } from '../processes/answers.js';

type Document = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The whole document; the same bytes for the same program. */
export function documentOf(routes: readonly Route[]): Document {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: `cp_<id>_<secret>`.',
  });
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token of the issuer that the installation trusts. Only the person counts in it.',
  });
  registry.registerComponent('securitySchemes', 'asPerson', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Careplus-As',
    description: 'In the dev profile only: the id of a person.',
  });
  for (const route of routes) for (const config of configsOf(route)) registry.registerPath(config);
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Care Plus',
      version: '1.0.0',
      description:
        'Every promise of a premium support contract as a durable, explainable process. Problems are RFC 9457; instants are ISO 8601 in UTC. Requests to processes take an Idempotency-Key; the others can be repeated as they are.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: tagsOf(routes),
  });
  return mended(document);
}

/**
 * A component that may be null: the generator writes that it must be both the component and perhaps null, which no
 * null satisfies.
 */
function mended<T>(part: T): T {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map(mended) as T;
  const entries = Object.entries(part).map(([name, value]: [string, unknown]) => {
    const orNull = name === 'allOf' && Array.isArray(value) ? withoutNull(value) : null;
    return orNull ? ['anyOf', [...orNull.map(mended), { type: 'null' }]] : [name, mended(value)];
  });
  return Object.fromEntries(entries) as T;
}

/** The other members of an `allOf` one of which is `object or null`; null where none is. */
function withoutNull(members: readonly unknown[]): readonly unknown[] | null {
  const others = members.filter((member) => JSON.stringify(member) !== OBJECT_OR_NULL);
  return others.length < members.length ? others : null;
}
const OBJECT_OR_NULL = JSON.stringify({ type: ['object', 'null'] });

/** A status may stand for a page and for a problem: then its description and its forms of content are those of both. */
function together(
  answers: RouteConfig['responses'],
  problems: RouteConfig['responses'],
): RouteConfig['responses'] {
  const all = { ...answers, ...problems };
  for (const [status, answer] of Object.entries(answers)) {
    const also = problems[status];
    if (!also || '$ref' in also || '$ref' in answer) continue;
    const description = [answer.description, also.description].join(' · ');
    all[status] = { ...answer, ...also, description, content: { ...answer.content, ...also.content } };
  }
  return all;
}

/** What the groups of addresses are for, in the order in which the documentation shows them. */
const tags: Readonly<Record<string, string>> = {
  Work: 'What is due today, and for whom.',
  Contracts: 'Contract files: check, import, amend, read.',
  'Contact matrix': 'Whom each side calls: as it stands, at any instant, on paper, imported as a table.',
  'Senior Desk': 'Calls of the End User: taken in one request, and the queue of those that wait.',
  Processes: 'Every promise as a process: how it stands, what happened, what happens next.',
  Commands: 'What people ask of a process. A refusal says why, and what to do about it.',
  Definitions: 'The kinds of processes, as their definitions describe themselves.',
  Pages: 'Who was called about what, by which channel, and who has said that he has seen it.',
  Ticketing: 'What outside ticketing systems report about cases.',
  Calendars: 'Business calendars: drafted by one person, approved by another.',
  Rotas: 'Who is on duty when: drafted by one person, approved by another, without a hole.',
  Policies: 'Policy sets: every target and reminder as versioned data.',
  Documents: 'Documents that are handed over: each version once, the one in force at any instant.',
  Files: 'Files of a contract, by their content.',
  'Hand-overs': 'Who hands over what to whom when a service manager leaves or is absent.',
  Time: 'Business time as a calculator.',
  People: 'Who one is, the staff of the Provider, API keys.',
  Access: 'Who may do what, given by whom, and whom the issuer of tokens calls what.',
  Audit: 'The record: verify it, decide it again, take it away.',
  Operations: 'What only an operator can decide.',
  Mail: 'What comes back by mail.',
  Links: 'The pages behind links in messages.',
  Health: 'Whether the program runs, and this documentation.',
};

function tagsOf(routes: readonly Route[]): { name: string; description: string }[] {
  const used = new Set(routes.map((route) => route.tag));
  const missing = [...used].find((name) => tags[name] === undefined);
  if (missing !== undefined) throw new Error(`The tag ${missing} has no description.`);
  return Object.entries(tags).flatMap(([name, description]) =>
    used.has(name) ? [{ name, description }] : [],
  );
}

/** A route whose body depends on its address is documented once for each concrete address. */
function configsOf(route: Route): RouteConfig[] {
  if (!route.variants) return [configOf(route)];
  return route.variants.map((variant) => {
    const names = [...variant.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const shape = Object.entries(route.params?.shape ?? {}).filter(([name]) => names.includes(name));
    const one: Route = {
      ...route,
      path: variant.path,
      summary: variant.summary,
      ...(variant.description === undefined ? {} : { description: variant.description }),
      params: z.object(Object.fromEntries(shape)),
      ...(variant.example === undefined ? {} : { example: variant.example }),
    };
    return configOf(one, variant.body);
  });
}

function configOf(route: Route, bodySchema?: Readonly<Record<string, unknown>> | null): RouteConfig {
  const { method, path, tag, summary, params, query } = route;
  const description = descriptionOf(route);
  return {
    method,
    path,
    tags: [tag],
    summary,
    operationId: operationIdOf(route),
    ...(description === undefined ? {} : { description }),
    security: route.access.to === 'anybody' ? [] : [{ apiKey: [] }, { accessToken: [] }, { asPerson: [] }],
    request: {
      ...(params && Object.keys(params.shape).length > 0 ? { params } : {}),
      ...(query ? { query } : {}),
      ...(route.key || route.ifMatch ? { headers: repeatHeaders(route) } : {}),
      ...bodyOf(route, bodySchema),
    },
    responses: together(answersOf(route), problemsOf(route)),
  };
}

/** With what an API key must be for, where one is needed. */
function descriptionOf(route: Route): string | undefined {
  if (route.access.to === 'anybody') return route.description;
  return [route.description, `Scope of an API key: \`${scopeOf(route)}\`.`].filter(Boolean).join('\n\n');
}

function operationIdOf({ method, path }: Route): string {
  const words = path
    .replace(/^\/v1/, '')
    .split(/[/{}.-]+/)
    .filter((word) => word !== '');
  return [method, ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join('');
}

function repeatHeaders(route: Route): z.ZodObject {
  const key = z.string().max(200).optional();
  const match = z.string().optional();
  return z.object({
    ...(route.key
      ? { 'Idempotency-Key': key.describe('The same key with the same body gives the stored answer') }
      : {}),
    ...(route.ifMatch ? { 'If-Match': match.describe('ETag of the process as it was read') } : {}),
  });
}

function bodyOf(route: Route, schema?: Readonly<Record<string, unknown>> | null) {
  const bytes = route.rawBody ?? route.streamed;
  if (bytes !== undefined) {
    return { body: { required: true, content: { [bytes]: { schema: { type: 'string' as const } } } } };
  }
  if (schema === null || !route.body) return {};
  const example = route.example === undefined ? {} : { example: route.example };
  return {
    body: {
      required: route.form !== true,
      content: {
        [route.form ? FORM : 'application/json']: { schema: schema ?? route.body, ...example },
        ...tableOf(route),
      },
    },
  };
}

/** The text/csv form of a body, where there is one. */
function tableOf({ csv }: Route) {
  if (!csv) return {};
  const { description, example } = csv;
  return { 'text/csv': { schema: { type: 'string' as const, description }, example } };
}

function answersOf(route: Route): RouteConfig['responses'] {
  const answers: readonly [string, Route['answers'][number]][] = Object.entries(route.answers);
  return Object.fromEntries(
    answers.map(([status, { description, schema, type, headers }]) => [
      status,
      {
        description,
        ...(headers ? { headers: headersOf(headers) } : {}),
        ...(schema || type
          ? {
              content: {
                [type ?? 'application/json']: { schema: schema ?? { type: 'string' as const } },
                ...(route.csv && status === '200'
                  ? { 'text/csv': { schema: { type: 'string' as const, description: route.csv.answer } } }
                  : {}),
              },
            }
          : {}),
      },
    ]),
  );
}

function headersOf(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
}

/** Problems that a route may answer with, whatever else it does. */
function codesOf(route: Route): readonly ProblemCode[] {
  const open = route.access.to === 'anybody';
  return [
    ...(open ? [] : (['UNAUTHENTICATED', 'KEY_SCOPE', 'ISSUER_UNAVAILABLE'] as const)),
    ...('grants' in route.access ? (['FORBIDDEN'] as const) : []),
    ...(route.params ? (['NOT_FOUND'] as const) : []),
    'QUERY_INVALID',
    ...(route.method === 'get' ? [] : (['HEADER_INVALID'] as const)),
    ...(route.body
      ? (['BODY_NOT_JSON', 'BODY_TOO_LARGE', 'BODY_TYPE', 'BODY_INVALID', 'SECRET_FOUND'] as const)
      : []),
    ...(route.streamed === undefined ? [] : (['BODY_TOO_LARGE'] as const)),
    ...(route.rawBody === undefined ? [] : (['BODY_TOO_LARGE', 'BODY_TYPE'] as const)),
    'TOO_MANY_REQUESTS',
    'DEFECT',
    'STORE_UNAVAILABLE',
    'RESTORED_MODE',
    ...(route.problems ?? []),
  ];
}

function problemsOf(route: Route): RouteConfig['responses'] {
  const byStatus = new Map<number, string[]>();
  const add = (status: number, text: string) => byStatus.set(status, [...(byStatus.get(status) ?? []), text]);
  for (const code of new Set(codesOf(route)))
    add(problemWords[code].status, `${code}: ${problemWords[code].title}`);
  if (route.refusals) for (const status of refusalStatuses) add(status, 'a refusal of the process');
  return Object.fromEntries(
    [...byStatus].map(([status, texts]) => [
      status,
      {
        description: [...new Set(texts)].join(' · '),
        content: { 'application/problem+json': { schema: problemOut } },
      },
    ]),
  );
}
