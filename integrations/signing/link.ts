/** The built-in way to sign: whoever holds the one-time link, or has come in as the person, types his name. */
import type { SigningPort } from './port.js';

export const linkSigning: SigningPort = {
  sign: async ({ signer, ...act }) => {
    const typed = plain(act.typedName);
    // A person whose name was erased has none to type.
    if (typed === '' || typed !== plain(signer.name)) return { kind: 'otherName' };
    return { kind: 'signed', evidence: { ...act, adapter: 'typedName', personId: signer.id } };
  },
};

/** Case and spaces are not what tells two people apart. */
function plain(name: string): string {
  return name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
