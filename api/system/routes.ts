/** Health, the documentation, and who one is. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express from 'express';
import { z } from 'zod';
import { readTenantsOf } from '../../db/read/person.js';
import { readStoreState } from '../../db/restore/mode.js';
import type { Dependencies } from '../dependencies.js';
import { ok, type Reply } from '../http/reply.js';
import { documentOf } from '../http/document.js';
import { problemWords } from '../http/problems.js';
import { anybody, person, route, type Route } from '../http/route.js';

const healthOut = z.object({
  status: z.enum(['ok', 'no']),
  missing: z.array(z.string()),
  mode: z
    .enum(['normal', 'restored'])
    .optional()
    .describe('restored: an older database is in place; it is read, and nothing is changed'),
});

const livez = route({
  method: 'get',
  path: '/livez',
  tag: 'Health',
  summary: 'Whether the program runs; asks nobody else',
  access: anybody,
  answers: { 200: { description: 'It runs', schema: healthOut } },
  handle: () => ok({ status: 'ok', missing: [] }),
});

const readyz = route({
  method: 'get',
  path: '/readyz',
  tag: 'Health',
  summary: 'Whether it can work: the store can be reached',
  access: anybody,
  answers: {
    200: { description: 'It can', schema: healthOut },
    503: { description: 'What is missing', schema: healthOut },
  },
  handle: (_call, deps) => readiness(deps),
});

/** The engine is no condition: without it requests are accepted and answered later. */
export async function readiness(deps: Pick<Dependencies, 'database'>): Promise<Reply> {
  const state = await readStoreState(deps.database).catch(() => null);
  if (!state) return { status: 503, body: { status: 'no', missing: ['postgres'] } };
  return {
    status: 200,
    body: { status: 'ok', missing: [], mode: state.restoredMode === null ? 'normal' : 'restored' },
  };
}

/** What every page says at its top; null when all is well. */
const bannerOut = z
  .object({ code: z.literal('RESTORED_MODE'), text: z.string(), remedy: z.string() })
  .nullable()
  .describe('What every page should say at its top');

async function bannerOf(deps: Pick<Dependencies, 'database'>): Promise<z.infer<typeof bannerOut>> {
  const { restoredMode } = await readStoreState(deps.database);
  const { title, remedy } = problemWords.RESTORED_MODE;
  return restoredMode === null ? null : { code: 'RESTORED_MODE', text: title, remedy };
}

const me = route({
  method: 'get',
  path: '/v1/me',
  tag: 'People',
  summary: 'Who you are and which customers you may see',
  access: person,
  answers: {
    200: {
      description: 'You',
      schema: z.object({
        id: z.string(),
        name: z.string(),
        side: z.enum(['provider', 'endUser']),
        zone: z.string(),
        language: z.string(),
        grants: z.array(z.string()),
        tenants: z.array(z.object({ id: z.string(), name: z.string(), roles: z.array(z.string()) })),
        banner: bannerOut,
      }),
    },
  },
  handle: async ({ caller }, deps) => {
    const { id, name, side, zone, language, grants } = caller;
    const tenants = await readTenantsOf(deps.database, id);
    return ok({ id, name, side, zone, language, grants, tenants, banner: await bannerOf(deps) });
  },
});

/** The document about all routes, made when it is first asked for. */
export function documentRoute(routes: () => readonly Route[]): Route {
  let document: string | undefined;
  return route({
    method: 'get',
    path: '/openapi.json',
    tag: 'Health',
    summary: 'This document',
    access: anybody,
    answers: { 200: { description: 'OpenAPI 3.1', type: 'application/json' } },
    handle: () => {
      document ??= JSON.stringify(documentOf(routes()));
      return { status: 200, body: document, type: 'application/json' };
    },
  });
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Care Plus API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** No validator badge: it would ask a server elsewhere. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  docExpansion: 'none',
  persistAuthorization: false,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
`;

const docs = route({
  method: 'get',
  path: '/docs',
  tag: 'Health',
  summary: 'This document for people',
  access: anybody,
  answers: { 200: { description: 'A page', type: 'text/html' } },
  handle: () => ({ status: 200, body: PAGE, type: 'text/html; charset=utf-8' }),
});

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Only the files that the page names. */
export const docsAssets = express.Router();
const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
docsAssets.get('/start.js', (_request, response) => {
  response.type('text/javascript').send(START);
});
for (const file of FILES) {
  docsAssets.get(`/${file}`, (_request, response) => {
    response.sendFile(file, { root: folder, maxAge: 3_600_000 });
  });
}

export const systemRoutes = [livez, readyz, docs, me];
