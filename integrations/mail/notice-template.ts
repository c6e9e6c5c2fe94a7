/** Notice templates on disk: one short file per notice and language, all shown by one layout. */
import path from 'node:path';
import type { Liquid, Template } from 'liquidjs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readIfThere } from './read-if-there.js';

export type NoticeErrorCode = 'TEMPLATE_MISSING' | 'TEMPLATE_INVALID' | 'VARIABLE_INVALID';

/** A notice that cannot be rendered: a bug in a template or in its caller, never a fault of the outside. */
export class NoticeError extends Error {
  override readonly name = 'NoticeError';
  constructor(
    readonly code: NoticeErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const ROWS = z.array(z.strictObject({ label: z.string(), value: z.string() })).default([]);
const LINK = z.strictObject({ label: z.string().min(1), url: z.string().min(1) });

/** Every message has a link, a reason and a way to answer (service spec §3.1, Mail): they are not optional. */
const FRONT_MATTER = z.strictObject({
  subject: z.string().min(1),
  heading: z.string().min(1),
  rows: ROWS,
  /** The variable that holds further rows, `[{ label, value }]`. */
  rowsFrom: z.string().optional(),
  /** The variable that holds what the recipient can do on the command line, `[{ label, command }]`. */
  commandsFrom: z.string().optional(),
  /** The variable that holds the entries of a message about several things, each with variables of its own. */
  entriesFrom: z.string().optional(),
  /** How each of them is shown; a row without a value is left out. */
  entry: z.strictObject({ heading: z.string().min(1), rows: ROWS, action: LINK }).optional(),
  action: LINK,
  link: LINK.optional(),
  answer: z.string().min(1),
  reason: z.string().min(1),
});

const WORDS = z.strictObject({
  dateTime: z.string(),
  date: z.string(),
  commands: z.string(),
  reason: z.string(),
  answer: z.string(),
  footer: z.string(),
  /** Before the subject and the heading of every message of a fire drill. */
  drill: z.string().default('DRILL, no emergency'),
  /** Before the instants of the reminders that one message stands for. */
  standsFor: z.string().default('Stands for earlier reminders that could not be sent:'),
});
export type LayoutWords = z.infer<typeof WORDS>;

export interface NoticeTemplate {
  readonly language: string;
  /** The notice has no template of its own. */
  readonly generic: boolean;
  readonly front: z.infer<typeof FRONT_MATTER>;
  readonly body: string;
}

export type Terms = Readonly<Record<string, string>>;
const TERMS = z.record(z.string(), z.string());

export interface TemplateStore {
  /** The notice in the language, else in English, else the generic `task` notice. */
  find(notice: string, language: string): Promise<NoticeTemplate>;
  words(language: string): Promise<LayoutWords>;
  /** What the processes' own words are in the language, by the English ones; none for English. */
  terms(language: string): Promise<Terms>;
  /** The layout as HTML with its Liquid parts still to be filled; compiled from MJML once. */
  layout(engine: Liquid): Promise<Template[]>;
}

const FALLBACK_LANGUAGE = 'en';
const FALLBACK_NOTICE = 'task';

/** Reads templates below `folder`; each file is read once. */
export function createTemplateStore(folder: string): TemplateStore {
  const files = new Map<string, Promise<string | undefined>>();
  const read = (relative: string): Promise<string | undefined> => {
    const known = files.get(relative);
    if (known !== undefined) return known;
    const reading = readIfThere(path.join(folder, relative));
    files.set(relative, reading);
    return reading;
  };
  let layout: Promise<Template[]> | undefined;
  return {
    async find(notice, language) {
      for (const name of [notice, FALLBACK_NOTICE]) {
        if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name)) continue;
        for (const candidate of languageChain(language)) {
          const source = await read(`${name}/${candidate}.liquid`);
          if (source !== undefined) return parseTemplate(name, candidate, source);
        }
      }
      throw new NoticeError('TEMPLATE_MISSING', `no template for ${notice}, nor the generic one`);
    },
    async words(language) {
      const source = await read(`layout/${language}.yaml`);
      if (source === undefined) {
        throw new NoticeError('TEMPLATE_MISSING', `no layout words for language ${language}`);
      }
      return WORDS.parse(parseYaml(source));
    },
    async terms(language) {
      for (const candidate of languageChain(language)) {
        const source = await read(`layout/${candidate}.terms.yaml`);
        if (source !== undefined) return TERMS.parse(parseYaml(source));
      }
      return {};
    },
    layout(engine) {
      layout ??= read('layout/notice.mjml').then(async (source) => engine.parse(await compileLayout(source)));
      return layout;
    },
  };
}

/** `de-AT` → de-AT, de, en. What is no language tag is English. */
function languageChain(language: string): readonly string[] {
  const tag = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? language : FALLBACK_LANGUAGE;
  return [...new Set([tag, tag.split('-', 1)[0] ?? tag, FALLBACK_LANGUAGE])];
}

function parseTemplate(notice: string, language: string, source: string): NoticeTemplate {
  const name = `${notice}/${language}`;
  const parts = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(source);
  if (parts === null) throw new NoticeError('TEMPLATE_INVALID', `${name}: no front matter`);
  const front = FRONT_MATTER.safeParse(parseYaml(parts[1] ?? ''));
  if (!front.success) {
    throw new NoticeError('TEMPLATE_INVALID', `${name}: ${z.prettifyError(front.error)}`);
  }
  return { language, generic: notice === FALLBACK_NOTICE, front: front.data, body: parts[2] ?? '' };
}

async function compileLayout(source: string | undefined): Promise<string> {
  if (source === undefined) throw new NoticeError('TEMPLATE_MISSING', 'no layout');
  // The compiler is large: loaded by whoever sends a mail first, not at each start.
  const { default: mjml2html } = await import('mjml');
  // No web fonts: a mail must not call out when it is opened. `strict` refuses a layout with a mistyped part.
  const compiled = await mjml2html(source, { fonts: {}, validationLevel: 'strict', keepComments: true });
  return compiled.html;
}
