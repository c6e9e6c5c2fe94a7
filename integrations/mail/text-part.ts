/** The text part of a notice: the same content as the HTML, for readers without it. */
import type { LayoutWords } from './notice-template.js';

export interface NoticeRow {
  readonly label: string;
  readonly value: string;
}

/** One of several things that a message is about. */
export interface NoticeEntry {
  readonly heading: string;
  readonly rows: readonly NoticeRow[];
  readonly action: { readonly label: string; readonly url: string };
}

export type NoticeBlock = { readonly text: string } | { readonly list: readonly string[] };

/** A notice filled with its variables, all of it plain text. */
export interface NoticeContent {
  readonly subject: string;
  readonly heading: string;
  readonly blocks: readonly NoticeBlock[];
  readonly entries: readonly NoticeEntry[];
  readonly rows: readonly NoticeRow[];
  readonly commands: readonly { readonly label: string; readonly command: string }[];
  readonly action: { readonly label: string; readonly url: string };
  readonly link: { readonly label: string; readonly url: string } | null;
  readonly answer: string;
  readonly reason: string;
}

const MAX_LABEL_WIDTH = 26;

/** Paragraphs separated by empty lines; lines are not wrapped, so that links and commands stay whole. */
export function textPart(content: NoticeContent, words: LayoutWords): string {
  const links = [content.action, ...(content.link === null ? [] : [content.link])];
  const parts = [
    content.heading,
    ...content.blocks.map((block) =>
      'text' in block ? block.text : block.list.map((item) => `- ${item}`).join('\n'),
    ),
    ...content.entries.map(({ heading, rows, action }, index) =>
      [`${String(index + 1)}. ${heading}`, table([...rows, { label: action.label, value: action.url }])].join(
        '\n',
      ),
    ),
    table(content.rows),
    links.map(({ label, url }) => `${label}:\n${url}`).join('\n\n'),
    content.commands.length === 0
      ? ''
      : [
          `${words.commands}:`,
          ...content.commands.map(({ label, command }) => `- ${label}: ${command}`),
        ].join('\n'),
    `${words.answer}: ${content.answer}`,
    `${words.reason}: ${content.reason}`,
    `-- \n${words.footer}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function table(rows: readonly NoticeRow[]): string {
  const width = Math.min(MAX_LABEL_WIDTH, Math.max(0, ...rows.map(({ label }) => label.length + 1)));
  return rows.map(({ label, value }) => `${`${label}:`.padEnd(width)} ${value}`).join('\n');
}
