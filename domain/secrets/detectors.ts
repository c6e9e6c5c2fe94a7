/**
 * Finds secrets in texts that people type or upload (service spec §4.4: secrets are never stored). Each detector knows
 * one form; what is found is reported by the detector's name alone, never by its text.
 */

interface Detector {
  readonly name: string;
  readonly form: RegExp;
  /** Whether a match is a secret; without it every match is one. */
  readonly holds?: (match: RegExpMatchArray) => boolean;
}

/** Configurations hide a value in these ways; a value of this form is none. */
const HIDDEN =
  /^(?:[<[{(].*[>\]})]|[*x.•-]+|(?:secret-data|removed|redacted|hidden|none|null|undefined)\W*)$/i;
/** A word of a sentence has letters only; a password of a device or an account does not. */
const looksChosen = (value: string): boolean =>
  !HIDDEN.test(value) && /[A-Za-z]/.test(value) && /[0-9!@#$%^&*+=~]/.test(value);

const detectors: readonly Detector[] = [
  { name: 'privateKey', form: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
  { name: 'accessKeyId', form: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { name: 'repositoryToken', form: /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}|glpat-[\w-]{20,})/g },
  { name: 'chatToken', form: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'cloudApiKey', form: /\bAIza[\w-]{35}/g },
  { name: 'paymentKey', form: /\b[rs]k_live_[A-Za-z0-9]{16,}/g },
  { name: 'bearerToken', form: /\bbearer\s+[A-Za-z0-9._~+/-]{20,}=*/gi },
  // From the beginning of a run only: where it may begin at each of its letters, a long run takes the square of its length.
  { name: 'signedToken', form: /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g },
  { name: 'careplusKey', form: /\bcp_[a-z0-9_]{1,60}_[0-9a-f]{64}\b/gi },
  // The user part of an address: scheme://name:password@host.
  {
    name: 'passwordInAddress',
    form: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:([^\s@/]{3,200})@/gi,
    holds: ([, value = '']) => !HIDDEN.test(value),
  },
  // Reversible with a published table.
  { name: 'deviceSecret', form: /\$[89]\$[A-Za-z0-9./+=$-]{6,}/g },
  { name: 'passwordHash', form: /\$(?:1|2[abxy]|5|6|y)\$[./A-Za-z0-9=,$]{12,}/g },
  { name: 'deviceSecret', form: /\b(?:password|secret|key|key-string)\s+[57]\s+[0-9A-F]{6,}\b/gi },
  {
    name: 'sharedKey',
    form: /\bpre-shared-key\s+(?:(?:ascii-text|hexadecimal|local|remote|address)\s+)*["']?([^\s"';]{4,})/gi,
    holds: ([, value = '']) => !HIDDEN.test(value),
  },
  {
    name: 'snmpCommunity',
    form: /\bsnmp-server\s+community\s+([^\s"';]{3,})/gi,
    holds: ([, value = '']) => !HIDDEN.test(value),
  },
  {
    name: 'password',
    form: /\b(?:password|passwd|passphrase|passcode|pwd|passwort|kennwort|secret|api[ _-]?key|access[ _-]?token|auth[ _-]?token|client[ _-]?secret)["']?\s*(?:is|ist|lautet|:=|:|=|->)\s*["'`]?([^\s"'`,;]{6,200})/gi,
    holds: ([, value = '']) => looksChosen(value.replace(/[.)]+$/, '')),
  },
];

/** The longest text in which secrets are looked for; what is longer is looked at in pieces that overlap. */
const PIECE = 20_000;
const OVERLAP = 500;

/** The names of the detectors that find something, each once, in their own order; empty when the text is harmless. */
export function secretsIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (let from = 0; from === 0 || from + OVERLAP < text.length; from += PIECE - OVERLAP) {
    const piece = text.slice(from, from + PIECE);
    for (const { name, form, holds } of detectors) {
      if (found.has(name)) continue;
      for (const match of piece.matchAll(form)) if (holds?.(match) ?? true) found.add(name);
    }
  }
  return [...found];
}
