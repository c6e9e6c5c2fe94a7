/** The kinds of processes, as the definitions describe themselves. */
import { z } from 'zod';
import { mermaidOf } from '../../domain/kernel/views/diagram.js';
import { definitions } from '../../domain/processes.js';
import { notFound } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route } from '../http/route.js';
import { definitionListed, definitionListedOut, definitionOut, definitionView } from './definition-views.js';
import { kindOf } from './kinds.js';

const slugParams = z.object({ slug: z.string().max(60) });

const list = route({
  method: 'get',
  path: '/v1/definitions',
  tag: 'Definitions',
  summary: 'The kinds of processes',
  access: person,
  answers: { 200: { description: 'All of them', schema: z.object({ items: z.array(definitionListedOut) }) } },
  handle: () => ok({ items: Object.values(definitions).map(definitionListed) }),
});

const one = route({
  method: 'get',
  path: '/v1/definitions/{slug}',
  tag: 'Definitions',
  summary: 'The words of one kind: statuses, commands with their schemas, clocks, roles, notices, refusals',
  access: person,
  params: slugParams,
  problems: ['NOT_FOUND'],
  answers: { 200: { description: 'The definition', schema: definitionOut } },
  handle: ({ params }) => {
    const definition = kindOf(params.slug);
    return definition ? ok(definitionView(definition)) : notFound();
  },
});

const diagram = route({
  method: 'get',
  path: '/v1/definitions/{slug}/diagram',
  tag: 'Definitions',
  summary: 'The statuses and what leads from one to another, as a Mermaid diagram',
  access: person,
  params: slugParams,
  problems: ['NOT_FOUND'],
  answers: { 200: { description: 'Mermaid text', type: 'text/plain' } },
  handle: ({ params }) => {
    const definition = kindOf(params.slug);
    if (!definition) return notFound();
    return { status: 200, body: mermaidOf(definition), type: 'text/plain; charset=utf-8' };
  },
});

export const definitionRoutes = [list, one, diagram];
