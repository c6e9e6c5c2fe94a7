/** Where a text stops being JSON: the parser of the runtime says so only in some of its messages. */

interface JsonPlace {
  readonly offset: number;
  /** From 1 up. */
  readonly line: number;
  readonly column: number;
}

/** One token of JSON at the place where the last one ended; what does not match is where the text goes wrong. */
const TOKEN =
  /[ \t\r\n]*(?:[[\]{},:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\d.])|(?:true|false|null)(?!\w))/y;

/** The place that a SyntaxError of JSON.parse is about. */
export function jsonPlace(text: string, message: string): JsonPlace {
  const named = /at position (\d+)/.exec(message)?.[1];
  return placeAt(text, named === undefined ? firstStrange(text) : Number(named));
}

/** The first place without a token of JSON; the end when the text is only too short. */
function firstStrange(text: string): number {
  let end = 0;
  for (;;) {
    TOKEN.lastIndex = end;
    if (!TOKEN.test(text)) break;
    end = TOKEN.lastIndex;
  }
  return end + (/^[ \t\r\n]*/.exec(text.slice(end, end + 10_000))?.[0].length ?? 0);
}

function placeAt(text: string, offset: number): JsonPlace {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { offset, line, column: offset - before.lastIndexOf('\n') };
}
