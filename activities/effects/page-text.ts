/** What a page says where there is room for a few words only. It names nobody: others may see the telephone too. */
import type { MailContent } from '../../domain/kernel/state.js';

export interface PageWords {
  /** The label of the notice. */
  readonly title: string;
  /** One line that tells the process from its siblings. */
  readonly about: string;
  readonly link: string;
}

const TEXTS = {
  en: {
    drill: 'DRILL, no emergency. ',
    written: ({ title, about, link }: PageWords) => `${title}: ${about}. Acknowledge: ${link}`,
    spoken: ({ title, about }: PageWords) =>
      `This is a page from Care Plus. ${title}. ${about}. Please acknowledge it by the link in your messages.`,
  },
  de: {
    drill: 'ÜBUNG, kein Ernstfall. ',
    written: ({ title, about, link }: PageWords) => `${title}: ${about}. Bestätigen: ${link}`,
    spoken: ({ title, about }: PageWords) =>
      `Dies ist ein Ruf von Care Plus. ${title}. ${about}. Bitte bestätigen Sie ihn mit dem Link in Ihren Nachrichten.`,
  },
} as const;

const MOST_CHARACTERS = 120;

export function pageText(
  channel: 'sms' | 'voice' | 'chat',
  language: string,
  content: MailContent,
  words: PageWords,
): string {
  const texts = language.toLowerCase().startsWith('de') ? TEXTS.de : TEXTS.en;
  const line = { ...words, title: short(words.title), about: short(words.about) };
  const text = channel === 'voice' ? texts.spoken(line) : texts.written(line);
  return `${isDrill(content) ? texts.drill : ''}${text}`;
}

/** Shown by every notice of a fire drill. */
function isDrill({ show }: MailContent): boolean {
  return show['drill'] === true;
}

/** Of one line, whatever somebody wrote into a title. */
function short(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  const characters = [...line];
  return characters.length <= MOST_CHARACTERS
    ? line
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
