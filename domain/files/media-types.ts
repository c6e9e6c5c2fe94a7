/** Which files are taken: the one list, by media type (service spec §3 R7). */

interface Kind {
  /** Endings of names, for whoever has only a name. */
  readonly endings: readonly string[];
  /** Told from its bytes; otherwise any text is taken for it. */
  readonly binary: boolean;
}

const OFFICE = 'application/vnd.openxmlformats-officedocument.';

export const mediaTypes: Readonly<Record<string, Kind>> = {
  'application/pdf': { endings: ['pdf'], binary: true },
  'image/png': { endings: ['png'], binary: true },
  'image/jpeg': { endings: ['jpg', 'jpeg'], binary: true },
  'image/webp': { endings: ['webp'], binary: true },
  [`${OFFICE}wordprocessingml.document`]: { endings: ['docx'], binary: true },
  [`${OFFICE}spreadsheetml.sheet`]: { endings: ['xlsx'], binary: true },
  [`${OFFICE}presentationml.presentation`]: { endings: ['pptx'], binary: true },
  'application/vnd.oasis.opendocument.text': { endings: ['odt'], binary: true },
  'application/vnd.oasis.opendocument.spreadsheet': { endings: ['ods'], binary: true },
  'text/plain': { endings: ['txt', 'log', 'cfg', 'conf'], binary: false },
  'text/markdown': { endings: ['md'], binary: false },
  'text/csv': { endings: ['csv'], binary: false },
  'application/json': { endings: ['json'], binary: false },
  'application/yaml': { endings: ['yaml', 'yml'], binary: false },
};

/** Says nothing about the content: the type that is found counts. */
const UNSAID = 'application/octet-stream';

/** What the bytes of a file turned out to be: a media type, text, or neither. */
export interface Found {
  readonly mediaType: string | null;
  readonly text: boolean;
}

export type Judged =
  | { readonly ok: true; readonly mediaType: string }
  | { readonly ok: false; readonly why: 'notTaken' | 'otherThanDeclared'; readonly found: string };

/** Holds the declared media type against the bytes; the list decides what is taken at all. */
export function judgeMediaType(declared: string, found: Found): Judged {
  const real = mediaTypes[found.mediaType ?? '']?.binary ? found.mediaType : null;
  const isText = real === null && found.text;
  const name = real ?? (isText ? 'text' : (found.mediaType ?? 'unknown bytes'));
  if (real === null && !isText) return { ok: false, why: 'notTaken', found: name };
  if (declared === UNSAID) return { ok: true, mediaType: real ?? 'text/plain' };
  const kind = mediaTypes[declared];
  if (!kind) return { ok: false, why: 'notTaken', found: name };
  const fits = kind.binary ? declared === real : isText;
  return fits ? { ok: true, mediaType: declared } : { ok: false, why: 'otherThanDeclared', found: name };
}

/** The media type that the ending of a name promises; nothing said for any other. */
export function mediaTypeOfName(name: string): string {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.entries(mediaTypes).find(([, { endings }]) => endings.includes(ending))?.[0] ?? UNSAID;
}
