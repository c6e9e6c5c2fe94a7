/** Turns a notice and its variables into subject, HTML and text, both bodies from one source. */
import { fileURLToPath } from 'node:url';
import { Liquid } from 'liquidjs';
import { escapeHtml } from './escape-html.js';
import { Locale, localDate, localTime } from './local-time.js';
import { createTemplateStore, NoticeError } from './notice-template.js';
import type { LayoutWords, NoticeTemplate, TemplateStore, Terms } from './notice-template.js';
import { textPart } from './text-part.js';
import type { NoticeBlock, NoticeContent } from './text-part.js';

export interface NoticeInput {
  /** The name of the notice; one without a template of its own is shown as the generic `task`. */
  readonly notice: string;
  /** The recipient's language, such as `de` or `de-AT`; what we do not have is English. */
  readonly language: string;
  /** Instants as ISO strings with offset, dates as `YYYY-MM-DD`; texts may come from anybody. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The recipient's IANA zone. */
  readonly zone: string;
}

export interface RenderedNotice {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

const MAX_VALUE_CHARS = 4_000;
const MAX_SUBJECT_CHARS = 200;
const MAX_ROWS = 200;
/** The latest of the reminders that a message stands for. */
const MOST_INSTANTS = 20;

/** The templates of the product. */
const products = createTemplateStore(fileURLToPath(new URL('./templates/', import.meta.url)));

/** Renders with them. Throws NoticeError for a missing variable or an unusable one. */
export const renderNotice = rendererOver(products);

/** The processes' own words in the language of a person, for messages that no template makes. */
export async function termsIn(language: string): Promise<(text: string) => string> {
  const terms = await products.terms(language);
  return (text) => termOf(text, terms);
}

/** A renderer over another folder of templates. */
export function createNoticeRenderer(folder: string): (input: NoticeInput) => Promise<RenderedNotice> {
  return rendererOver(createTemplateStore(folder));
}

function rendererOver(store: TemplateStore): (input: NoticeInput) => Promise<RenderedNotice> {
  const texts = createTextEngine();
  const pages = createLiquid((value) => escapeHtml(plain(value)));
  return async (input) => {
    const { template, terms } = await templateFor(store, input);
    const words = await store.words(template.language);
    try {
      const content = fillTemplate(texts, template, { words, terms }, input);
      return {
        subject: content.subject,
        html: await page(store, pages, content, template.language, words),
        text: textPart(content, words),
      };
    } catch (error) {
      if (error instanceof NoticeError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new NoticeError('VARIABLE_INVALID', `${input.notice}: ${message}`, { cause: error });
    }
  };
}

/** Half of a message in another language is worse than none of it: the generic notice needs to know the title. */
async function templateFor(
  store: TemplateStore,
  { notice, language, variables }: NoticeInput,
): Promise<{ readonly template: NoticeTemplate; readonly terms: Terms }> {
  const template = await store.find(notice, language);
  const terms = await store.terms(template.language);
  if (!template.generic || template.language === 'en' || Object.hasOwn(terms, String(variables['title'])))
    return { template, terms };
  return { template: await store.find(notice, 'en'), terms: {} };
}

async function page(
  store: TemplateStore,
  engine: Liquid,
  content: NoticeContent,
  language: string,
  words: LayoutWords,
): Promise<string> {
  const html: unknown = engine.renderSync(await store.layout(engine), { ...content, language, words });
  return String(html);
}

/** Fills every part of the template once; what comes out is plain text and is never read as a template again. */
function fillTemplate(
  engine: Liquid,
  template: NoticeTemplate,
  { words, terms }: { readonly words: LayoutWords; readonly terms: Terms },
  { variables, zone }: NoticeInput,
): NoticeContent {
  const globals = { locale: new Locale(zone, template.language, words), terms };
  const fill = (source: string, entry: object = {}): string =>
    String(engine.parseAndRenderSync(source, { ...variables, ...entry }, { globals })).trim();
  const { front } = template;
  // Whatever the template, a message of a fire drill says so.
  const mark = variables['drill'] === true ? `${words.drill}: ` : '';
  const link = (part: Part, entry: object = {}): Part => ({
    label: fill(part.label, entry),
    url: webAddress(fill(part.url, entry)),
  });
  const rowsOf = (rows: readonly { label: string; value: string }[], entry: object = {}) =>
    rows.map((row) => ({ label: fill(row.label, entry), value: fill(row.value, entry) }));
  const further = listOf(variables, front.rowsFrom, 'value', globals.locale).map(([label, value]) => ({
    label: termOf(label, terms),
    value,
  }));
  return {
    subject: shortened(`${mark}${fill(front.subject).replace(/\s+/g, ' ')}`, MAX_SUBJECT_CHARS),
    heading: `${mark}${fill(front.heading)}`,
    blocks: [...blocksOf(fill(template.body)), ...standsForBlocks(variables, words, globals.locale)],
    entries: entriesOf(variables, front.entriesFrom).flatMap((entry) =>
      front.entry
        ? [
            {
              heading: fill(front.entry.heading, entry),
              rows: rowsOf(front.entry.rows, entry).filter(isFilled),
              action: link(front.entry.action, entry),
            },
          ]
        : [],
    ),
    rows: [...rowsOf(front.rows), ...further].filter(isFilled),
    commands: listOf(variables, front.commandsFrom, 'command', globals.locale).map(([label, command]) => ({
      label: termOf(label, terms),
      command,
    })),
    action: link(front.action),
    link: front.link === undefined ? null : link(front.link),
    answer: fill(front.answer),
    reason: fill(front.reason),
  };
}

interface Part {
  readonly label: string;
  readonly url: string;
}

function isFilled({ value }: { readonly value: string }): boolean {
  return value !== '';
}

/** The entries of a message about several things. */
function entriesOf(
  variables: Readonly<Record<string, unknown>>,
  name: string | undefined,
): readonly object[] {
  const list = name === undefined ? [] : variables[name];
  const fits =
    Array.isArray(list) && list.length <= MAX_ROWS && list.every((one) => typeof one === 'object' && one);
  if (!fits)
    throw new NoticeError('VARIABLE_INVALID', `${name ?? ''} is no list of at most ${MAX_ROWS} entries`);
  return list as object[];
}

/** Whatever the template, a message that stands for earlier ones says so. */
function standsForBlocks(
  { standsFor }: Readonly<Record<string, unknown>>,
  words: LayoutWords,
  locale: Locale,
): readonly NoticeBlock[] {
  if (!Array.isArray(standsFor) || standsFor.length === 0) return [];
  const instants = standsFor.slice(-MOST_INSTANTS).map((at: unknown) => localTime(at, locale));
  return [{ text: words.standsFor }, { list: instants }];
}

/** The paragraphs and lists of a body. Values hold no line breaks, so they cannot make paragraphs of their own. */
function blocksOf(body: string): readonly NoticeBlock[] {
  return body
    .split(/\n[ \t]*\n\s*/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const lines = part.split('\n').map((line) => line.trim());
      return lines.every((line) => line.startsWith('- '))
        ? { list: lines.map((line) => line.slice(2)) }
        : { text: lines.join(' ') };
    });
}

/** A variable that is a list of labelled values, or instants (`at`), as pairs of clean text. */
function listOf(
  variables: Readonly<Record<string, unknown>>,
  name: string | undefined,
  valueName: 'value' | 'command',
  locale: Locale,
): readonly [string, string][] {
  if (name === undefined) return [];
  const list = variables[name];
  if (!Array.isArray(list)) throw new NoticeError('VARIABLE_INVALID', `${name} is not a list`);
  if (list.length > MAX_ROWS) throw new NoticeError('VARIABLE_INVALID', `${name} has over ${MAX_ROWS} rows`);
  return list.map((entry: unknown): [string, string] => {
    const label = property(entry, 'label');
    const at = property(entry, 'at');
    const value = at === undefined ? property(entry, valueName) : localTime(at, locale);
    if (label === undefined || value === undefined) {
      throw new NoticeError('VARIABLE_INVALID', `${name} needs a label and a ${valueName} in every row`);
    }
    return [plain(label), plain(value)];
  });
}

function property(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null && Object.hasOwn(entry, name)
    ? Reflect.get(entry, name)
    : undefined;
}

function createTextEngine(): Liquid {
  const engine = createLiquid(plain);
  engine.registerFilter('localTime', function (value: unknown) {
    return localTime(value, localeOf(this.context.globals));
  });
  engine.registerFilter('localDate', function (value: unknown) {
    return localDate(value, localeOf(this.context.globals));
  });
  engine.registerFilter('term', function (value: unknown) {
    const terms: unknown = Reflect.get(this.context.globals, 'terms');
    return termOf(plain(value), terms as Terms);
  });
  return engine;
}

/** What a process calls something, in the language of the message; what that does not know stays as it is. */
function termOf(text: string, terms: Terms): string {
  return (Object.hasOwn(terms, text) ? terms[text] : undefined) ?? text;
}

function localeOf(globals: object): Locale {
  const locale: unknown = Reflect.get(globals, 'locale');
  if (!(locale instanceof Locale)) throw new TypeError('rendered without a locale');
  return locale;
}

function createLiquid(outputEscape: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    outputEscape,
    // No template may read another file.
    templates: {},
    memoryLimit: 10_000_000,
  });
  engine.registerFilter('raw', () => {
    throw new NoticeError('TEMPLATE_INVALID', 'the filter raw is not allowed: everything is escaped');
  });
  return engine;
}

/**
 * A value as one line of plain text: line breaks and control characters become a space, marks that reorder the
 * text around them (bidirectional embeddings, overrides, isolates) go, letters of every script stay.
 */
function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new NoticeError('VARIABLE_INVALID', 'only texts, numbers and booleans can be shown');
  }
  const line = String(value)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();
  return shortened(line, MAX_VALUE_CHARS);
}

function shortened(text: string, limit: number): string {
  const characters = [...text];
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** Links lead to the web only: `javascript:` and its kin are refused, not escaped. */
function webAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['https:', 'http:'].includes(parsed.protocol)) {
    throw new NoticeError('VARIABLE_INVALID', 'a link must be an http or https address');
  }
  return parsed.href;
}
