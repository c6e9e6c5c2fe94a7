/** The pages behind a one-time link: plain HTML without scripts, in the language of the person. */

export type Language = 'en' | 'de';

export interface PageContent {
  readonly title: string;
  readonly lines: readonly string[];
  /** The label of the one button; absent: nothing can be done here. */
  readonly button?: string;
  /** The label of the one field, for the name of who signs; sent as `typedName`. */
  readonly field?: string;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#f5f6f8;margin:0;padding:2rem 1rem}
main{max-width:34rem;margin:0 auto;background:#fff;border:1px solid #d5d9de;border-radius:8px;padding:2rem}
h1{font-size:1.4rem;margin:0 0 1rem}button{font:inherit;font-weight:600;color:#fff;background:#0b5cad;border:0;
border-radius:6px;padding:.75rem 1.5rem;cursor:pointer}label{display:block;font-weight:600}p{overflow-wrap:anywhere}
input{display:block;font:inherit;width:100%;box-sizing:border-box;margin:.25rem 0 1rem;padding:.5rem;border:1px solid #6b7480;border-radius:6px}
button:focus-visible{outline:3px solid #0b5cad;outline-offset:3px}`;

/** The form posts to the address of the page itself, whatever a proxy put before it. */
export function linkPage({ title, lines, button, field }: PageContent, language: Language): string {
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join('\n');
  const input =
    field === undefined
      ? ''
      : `<label>${escaped(field)}<input name="typedName" required maxlength="200" autocomplete="name"></label>`;
  const form =
    button === undefined
      ? ''
      : `<form method="post">${input}<button type="submit">${escaped(button)}</button></form>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${paragraphs}
${form}
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** The words of the pages. Names of commands and reasons of refusals come from the definitions, in English. */
export const words = {
  en: {
    confirm: 'Confirm',
    acknowledge: 'Acknowledge the page',
    ask: (label: string, headline: string) => `${label} (contract ${headline})`,
    forPerson: (name: string) => `This link was sent to ${name}. If that is not you, close this page.`,
    press: 'Nothing happens before you press the button.',
    text: (title: string, version: number) => `You sign: ${title}, version ${String(version)}.`,
    hash: (sha256: string) => `SHA-256 of its content: ${sha256}`,
    kept: 'Your name as you type it, your network address and the time are kept as evidence.',
    typeName: 'Type your full name to sign',
    sign: 'Sign',
    otherName: 'The name is not the one that this link was sent to. Nothing was recorded.',
    done: { title: 'Thank you', line: 'It is recorded. You can close this page.' },
    later: {
      title: 'Thank you',
      line: 'It is accepted and will be recorded in a moment. You can close this page.',
    },
    used: { title: 'Done already', line: 'This link was used before, and what it is for is recorded.' },
    expired: { title: 'This link has expired', line: 'Ask your service manager for a new one.' },
    unknown: {
      title: 'This link is not known',
      line: 'Check that the whole address was copied from the message.',
    },
    refused: { title: 'This cannot be done any more' },
    unavailable: {
      title: 'Not available just now',
      line: 'Please try again in a minute. Nothing was changed.',
    },
  },
  de: {
    confirm: 'Bestätigen',
    acknowledge: 'Den Ruf bestätigen',
    ask: (label: string, headline: string) => `${label} (Vertrag ${headline})`,
    forPerson: (name: string) =>
      `Dieser Link ging an ${name}. Wenn Sie das nicht sind, schließen Sie diese Seite.`,
    press: 'Bevor Sie auf die Schaltfläche drücken, geschieht nichts.',
    text: (title: string, version: number) => `Sie unterschreiben: ${title}, Version ${String(version)}.`,
    hash: (sha256: string) => `SHA-256 des Inhalts: ${sha256}`,
    kept: 'Ihr Name, wie Sie ihn eingeben, Ihre Netzadresse und die Zeit werden als Nachweis aufbewahrt.',
    typeName: 'Zum Unterschreiben Ihren vollen Namen eingeben',
    sign: 'Unterschreiben',
    otherName: 'Der Name ist nicht der, an den dieser Link ging. Es wurde nichts festgehalten.',
    done: { title: 'Vielen Dank', line: 'Es ist festgehalten. Sie können diese Seite schließen.' },
    later: {
      title: 'Vielen Dank',
      line: 'Es ist angenommen und wird gleich festgehalten. Sie können diese Seite schließen.',
    },
    used: {
      title: 'Schon erledigt',
      line: 'Dieser Link wurde schon benutzt; worum es ging, ist festgehalten.',
    },
    expired: {
      title: 'Dieser Link ist abgelaufen',
      line: 'Bitten Sie Ihren Service Manager um einen neuen.',
    },
    unknown: {
      title: 'Dieser Link ist nicht bekannt',
      line: 'Prüfen Sie, ob die ganze Adresse aus der Nachricht übernommen wurde.',
    },
    refused: { title: 'Das ist nicht mehr möglich' },
    unavailable: {
      title: 'Gerade nicht erreichbar',
      line: 'Bitte versuchen Sie es in einer Minute noch einmal. Es wurde nichts geändert.',
    },
  },
} as const;
