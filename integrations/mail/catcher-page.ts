/** The mail catcher's pages: an inbox and a message, plain HTML without scripts, everything escaped. */
import { LOCAL_PARTS } from './catcher-rules.js';
import type { CatcherRule } from './catcher-rules.js';
import type { PostState } from './catcher-reports.js';
import type { StoredMessage } from './catcher-store.js';
import { escapeHtml as e } from './escape-html.js';

const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color: #1c2733; background: #eef1f4; }
main, header > div { max-width: 960px; margin: 0 auto; padding: 0 16px; }
header { background: #0b5d7a; color: #fff; padding: 14px 0; margin-bottom: 20px; }
header a { color: #fff; text-decoration: none; font-weight: 600; font-size: 18px; }
h1, h2 { font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
section, details { background: #fff; border: 1px solid #dde3e8; border-radius: 8px; padding: 14px 16px; margin: 0 0 16px; }
ol.inbox { list-style: none; margin: 0 0 16px; padding: 0; background: #fff; border: 1px solid #dde3e8; border-radius: 8px; }
ol.inbox li + li { border-top: 1px solid #e3e8ed; }
ol.inbox a { display: block; padding: 11px 16px; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
ol.inbox a:hover, ol.inbox a:focus { background: #f3f8fa; }
ol.inbox strong { font-weight: 600; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.quiet { color: #51606f; font-size: 14px; }
.tag { display: inline-block; font-size: 13px; padding: 0 8px; border-radius: 10px; background: #fdeccf; color: #6b4300; margin-right: 6px; }
form { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; margin-bottom: 16px; }
form label { flex: 1 1 220px; } input, button { font: inherit; padding: 7px 10px; border: 1px solid #b6c1cb; border-radius: 6px; background: #fff; }
input { display: block; width: 100%; } button { background: #0b5d7a; border-color: #0b5d7a; color: #fff; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 14px; margin: 0; } dt { color: #51606f; } dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 70vh; min-height: 420px; border: 1px solid #dde3e8; border-radius: 8px; background: #fff; display: block; margin-bottom: 16px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: 8px 0 0; }
summary { cursor: pointer; font-weight: 600; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 5px 12px 5px 0; vertical-align: top; overflow-wrap: anywhere; font-weight: 400; }
code { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
nav { margin-bottom: 12px; } nav a, section a { color: #0b5d7a; }
@media (max-width: 480px) { dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
`;

const MEANING: Readonly<Record<CatcherRule['then'], string>> = {
  accept: 'accepted, whatever the address says',
  bounce: 'accepted, then reported as undeliverable (RFC 3464, 5.1.1)',
  autoReply: 'accepted, then answered by an out-of-office reply',
  reject: 'refused for good (550)',
  defer: 'refused for now (451)',
  dropAfterData: 'kept, but the connection is cut without an answer',
};

function frame(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${e(title)}</title><style>${STYLE}</style></head>
<body><header><div><a href="/">Mail catcher</a></div></header><main>${body}</main></body></html>`;
}

/** The inbox, newest first, with what an address can be made to do. */
export function inboxPage(
  messages: readonly StoredMessage[],
  rules: readonly CatcherRule[],
  view: { readonly to?: string; readonly limit: number; readonly postsTo?: string; readonly origin: string },
): string {
  const items = messages.map(
    (
      message,
    ) => `<li><a href="/messages/${message.n}"><strong dir="auto">${e(message.subject || '(no subject)')}</strong>
<span class="quiet">${tag(message)}${e(message.from || '(nobody)')} → ${e(message.to.join(', '))} · ${time(message)}</span></a></li>`,
  );
  const none = view.to === undefined ? 'No message yet.' : `No message to ${view.to}.`;
  const more =
    messages.length === view.limit ? `<p class="quiet">The newest ${view.limit} are shown.</p>` : '';
  const list =
    items.length === 0 ? `<section>${e(none)}</section>` : `<ol class="inbox">${items.join('')}</ol>${more}`;
  return frame(
    'Inbox – mail catcher',
    `<h1>Inbox</h1>
<form method="get" action="/"><label>Show mail to <input name="to" type="text" inputmode="email" autocomplete="off" value="${e(view.to ?? '')}" placeholder="every address"></label><button>Show</button></form>
${list}${behaviourSection(rules, view)}`,
  );
}

function behaviourSection(
  rules: readonly CatcherRule[],
  { postsTo, origin }: { readonly postsTo?: string; readonly origin: string },
): string {
  const rows = [
    ...rules.map(({ match, then, double }) => [
      match,
      `${MEANING[then]}${double === true ? '; reported twice' : ''}`,
    ]),
    ...Object.entries(LOCAL_PARTS).map(([part, then]) => [`${part}+anything@any.domain`, MEANING[then]]),
  ].map(
    ([match, meaning]) =>
      `<tr><th scope="row"><code>${e(match ?? '')}</code></th><td>${e(meaning ?? '')}</td></tr>`,
  );
  const example = `curl -X PUT ${origin}/rules -H 'content-type: application/json' -d '[{"match":"*@gone.test","then":"bounce","double":true}]'`;
  return `<details><summary>What addresses do</summary>
<table>${rows.join('')}</table>
<p class="quiet">The first rule that matches counts. Rules are set as a whole: <code>${e(example)}</code></p>
<p class="quiet">Bounces and automatic replies lie in the inbox of the sender${postsTo === undefined ? '' : ` and are posted to <code>${e(postsTo)}</code> until accepted`}. Every message that arrives is kept, a second copy too.</p></details>`;
}

export interface MessageView {
  readonly message: StoredMessage;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string | undefined;
  readonly hasHtml: boolean;
  readonly post: PostState;
}

/** One message: rendered HTML in a frame that can run nothing, then the text, then the headers. */
export function messagePage({ message, headers, text, hasHtml, post }: MessageView): string {
  const facts: [string, string][] = [
    ['From', message.from || '(nobody)'],
    ['To', message.to.join(', ')],
    ['Received', message.receivedAt],
    ...(message.key === undefined ? [] : [['Key', message.key] satisfies [string, string]]),
    ...(post.state === 'none' ? [] : [['Report', postText(post)] satisfies [string, string]]),
  ];
  const list = facts.map(([name, value]) => `<dt>${e(name)}</dt><dd>${e(value)}</dd>`).join('');
  const about =
    message.regarding === undefined
      ? ''
      : `<dt>About</dt><dd><a href="/messages/${message.regarding}">message ${message.regarding}</a></dd>`;
  const shown = hasHtml
    ? `<iframe title="The message as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/${message.n}/html"></iframe>`
    : '';
  const headerRows = headers
    .map(({ name, value }) => `<tr><th scope="row"><code>${e(name)}</code></th><td>${e(value)}</td></tr>`)
    .join('');
  return frame(
    `${message.subject} – mail catcher`,
    `<nav><a href="/">← Inbox</a></nav><h1 dir="auto">${e(message.subject || '(no subject)')}</h1>
<section>${tag(message)}<dl>${list}${about}</dl></section>
${shown}
<details${hasHtml ? '' : ' open'}><summary>Text</summary><pre dir="auto">${e(text ?? '(no text part)')}</pre></details>
<details><summary>Headers</summary><table>${headerRows}</table></details>
<section class="quiet"><a href="/messages/${message.n}.eml">Source (.eml)</a> · <a href="/messages/${message.n}.json">JSON</a></section>`,
  );
}

export function notFoundPage(): string {
  return frame('Not found – mail catcher', '<h1>Not found</h1><p><a href="/">Inbox</a></p>');
}

function tag(message: StoredMessage): string {
  if (message.kind === 'mail') return '';
  return `<span class="tag">${message.kind === 'bounce' ? 'bounce' : 'automatic reply'}</span>`;
}

function time(message: StoredMessage): string {
  return `<time datetime="${e(message.receivedAt)}">${e(message.receivedAt.slice(0, 19).replace('T', ' '))} UTC</time>`;
}

function postText(post: PostState): string {
  const problem = post.lastProblem === undefined ? '' : `, last: ${post.lastProblem}`;
  const words = { none: '', posting: 'being posted', posted: 'accepted', gaveUp: 'given up' };
  return `${words[post.state]} (attempts: ${post.attempts}${problem})`;
}
