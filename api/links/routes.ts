/** One-time links from messages: looking changes nothing (mail scanners look too), the button fires the command once. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isInfrastructure } from '../../db/infrastructure.js';
import { findLink, useLink, type LinkRead } from '../../db/read/link.js';
import type { Definition } from '../../domain/kernel/rules.js';
import { definitionOf } from '../../domain/processes.js';
import { ACKNOWLEDGE_PAGE } from '../../domain/paging/acknowledge.js';
import { CHANNELS } from '../../domain/paging/policy.js';
import { signedText } from '../../domain/signature/words.js';
import type { Dependencies } from '../dependencies.js';
import type { Reply } from '../http/reply.js';
import { anybody, route } from '../http/route.js';
import { takeAcknowledgement } from '../pages/acknowledge.js';
import { submitCommand, type Submitted } from '../processes/submit.js';
import { isSignature, submitSignature } from '../signatures/sign.js';
import { linkPage, words, type Language, type PageContent } from './page.js';

const params = z.object({ token: z.string().max(200) });
const acknowledged = z.object({ effectId: z.string(), channel: z.enum(CHANNELS).optional() });
const TOKEN = /^[A-Za-z0-9_-]{20,100}$/;

const answers = {
  200: { description: 'A page', type: 'text/html' },
  404: { description: 'A page: the link is not known', type: 'text/html' },
  409: { description: 'A page: it cannot be done any more, and why', type: 'text/html' },
  410: { description: 'A page: the link has expired', type: 'text/html' },
  503: { description: 'A page: try again', type: 'text/html' },
} as const;

const look = route({
  method: 'get',
  path: '/l/{token}',
  tag: 'Links',
  summary: 'The page behind a link in a message; changes nothing',
  access: anybody,
  params,
  answers,
  handle: ({ params: { token } }, deps) => guarded(() => lookAt(deps, token)),
});

const press = route({
  method: 'post',
  path: '/l/{token}',
  tag: 'Links',
  summary: 'Do what the link is for, once',
  access: anybody,
  params,
  body: z.object({ typedName: z.string().max(200).default('').describe('Of who signs') }),
  form: true,
  answers,
  handle: ({ params: { token }, body, ip }, deps) =>
    guarded(() => fire(deps, token, { typedName: body.typedName, ip })),
});

async function lookAt(deps: Dependencies, token: string): Promise<Reply> {
  const found = await find(deps, token);
  if ('reply' in found) return found.reply;
  return asking(found);
}

/** What is asked of the person: to press the button, or to sign a text that is named with its hash. */
function asking({ link, language }: Found, problems: readonly string[] = []): Reply {
  const text = words[language];
  const definition = definitionOf(link.slug);
  const label =
    link.command === ACKNOWLEDGE_PAGE
      ? text.acknowledge
      : (definition?.words.commands[link.command]?.label ?? link.command);
  const title = text.ask(label, link.headline);
  const person = link.personName === null ? [] : [text.forPerson(link.personName)];
  const signed = textToSign(definition, link);
  if (!signed) return page(200, { title, lines: [...person, text.press], button: text.confirm }, language);
  const about = [text.text(signed.title, signed.version), text.hash(signed.sha256)];
  const lines = [...problems, ...person, ...about, text.kept, text.press];
  const status = problems.length > 0 ? 409 : 200;
  return page(status, { title, lines, field: text.typeName, button: text.sign }, language);
}

/** Of a command by which somebody signs: the text; null for any other command. */
function textToSign(definition: Definition | undefined, { command, payload }: LinkRead) {
  if (!definition || !isSignature(definition, command)) return null;
  return signedText.parse(payload);
}

async function fire(
  deps: Dependencies,
  token: string,
  by: { readonly typedName: string; readonly ip: string },
): Promise<Reply> {
  const found = await find(deps, token);
  if ('reply' in found) return found.reply;
  const { link, language, tokenHash } = found;
  if (link.command === ACKNOWLEDGE_PAGE) return acknowledge(deps, found);
  const definition = definitionOf(link.slug);
  if (!definition) return page(404, plain(words[language].unknown), language);
  const { tenantId, processId, command, payload, personId: actor } = link;
  const idempotencyKey = `link:${tokenHash}`;
  const who = { tenantId, processId, definition, command, idempotencyKey };
  const text = textToSign(definition, link);
  const submitted = text
    ? await submitSignature(deps, { ...who, text, signer: { id: actor, name: link.personName ?? '' }, ...by })
    : await submitCommand(deps, { ...who, actor, payload, expectedSeq: null });
  const reply =
    submitted.kind === 'otherName'
      ? asking(found, [words[language].otherName])
      : await shown(deps, submitted, found);
  return { ...reply, log: { processId } };
}

/** A page is acknowledged at any time, however often it was sent meanwhile. */
async function acknowledge(deps: Dependencies, { link, language, tokenHash }: Found): Promise<Reply> {
  const { tenantId, personId } = link;
  const { effectId, channel = null } = acknowledged.parse(link.payload);
  const by = { via: 'link', channel } as const;
  const done = await takeAcknowledgement(deps, { tenantId, effectId, personId }, by);
  if (!done) return page(404, plain(words[language].unknown), language);
  await useLink(deps.database, tenantId, tokenHash);
  return { ...page(200, plain(words[language].done), language), log: { processId: done.processId } };
}

async function shown(
  deps: Dependencies,
  submitted: Submitted,
  { link, language, tokenHash }: Found,
): Promise<Reply> {
  const text = words[language];
  const refused = refusalOf(submitted);
  if (refused) {
    const lines = [refused.text ?? '', refused.remedy ?? ''].filter((line) => line !== '');
    return page(409, { title: text.refused.title, lines }, language);
  }
  switch (submitted.kind) {
    case 'answered':
      await useLink(deps.database, link.tenantId, tokenHash);
      return page(200, plain(text.done), language);
    case 'pending':
      // Accepted is as good as recorded: it is never lost.
      await useLink(deps.database, link.tenantId, tokenHash);
      return page(200, plain(text.later), language);
    case 'conflict':
      return page(200, plain(text.used), language);
    default:
      return page(503, plain(text.unavailable), language, { 'retry-after': '60' });
  }
}

function refusalOf(submitted: Submitted): { readonly text?: string; readonly remedy?: string } | null {
  if (submitted.kind === 'refused') return submitted.refused;
  if (submitted.kind !== 'answered') return null;
  const { answer } = submitted.row;
  return answer?.outcome === 'refused' || answer?.outcome === 'skipped' ? answer : null;
}

interface Found {
  readonly link: LinkRead;
  readonly language: Language;
  readonly tokenHash: string;
}

/** A link that can be used now, or the page that says why not. */
async function find(deps: Dependencies, token: string): Promise<Found | { readonly reply: Reply }> {
  const tokenHash = createHash('sha256').update(token, 'utf8').digest('hex');
  const link = TOKEN.test(token) ? await findLink(deps.database, tokenHash) : null;
  if (!link) return { reply: page(404, plain(words.en.unknown), 'en') };
  const language = link.language === 'de' ? 'de' : 'en';
  if (link.used) return { reply: page(200, plain(words[language].used), language) };
  if (link.expired) return { reply: page(410, plain(words[language].expired), language) };
  return { link, language, tokenHash };
}

function plain({ title, line }: { readonly title: string; readonly line: string }): PageContent {
  return { title, lines: [line] };
}

function page(
  status: number,
  content: PageContent,
  language: Language,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, body: linkPage(content, language), type: 'text/html; charset=utf-8', headers };
}

/** People see a page even while the store cannot be reached. */
async function guarded(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (!isInfrastructure(error)) throw error;
    return page(503, plain(words.en.unavailable), 'en', { 'retry-after': '60' });
  }
}

export const linkRoutes = [look, press];
