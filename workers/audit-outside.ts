/** Where the audit goes beyond the database: the key that signs, the places that keep, the archive of histories. */
import { generateKeyPairSync } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditOutside } from '../activities/jobs/system-jobs.js';
import type { Environment } from '../config/environment.js';
import { signerOf } from '../db/audit/signing.js';
import { archiveFolder } from '../integrations/archive/folder.js';
import { checkpointFolder } from '../integrations/checkpoints/folder.js';
import { checkpointMail } from '../integrations/checkpoints/mail.js';
import type { MailPort } from '../integrations/mail/port.js';
import { codeOf } from './servers/failure.js';

const FILE = 'checkpoint-key.pem';
/** The public half, for whoever verifies. */
const PUBLIC_FILE = 'checkpoint-key.pub.pem';

export function auditOutside(environment: Environment, port: MailPort): AuditOutside {
  const { checkpointFolder: folder, checkpointMail: to, mailFrom: from } = environment;
  const pem = checkpointKey(environment);
  const places = [
    checkpointFolder(folder),
    ...(to === undefined ? [] : [checkpointMail({ port, from, to })]),
  ];
  return {
    signer: pem === null ? null : signerOf(pem),
    places,
    archive: archiveFolder(environment.archiveFolder),
  };
}

/** The private key (PEM) of an installation; null in production without a setting: a key beside the data proves nothing. */
export function checkpointKey(
  environment: Pick<Environment, 'profile' | 'checkpointKey' | 'dataFolder'>,
): string | null {
  if (environment.checkpointKey !== undefined) return environment.checkpointKey;
  return environment.profile === 'dev' ? keyInFolder(environment.dataFolder) : null;
}

/** Reads the key, or makes it; two processes that make it at the same moment end up with the same one. */
function keyInFolder(dataFolder: string): string {
  mkdirSync(dataFolder, { recursive: true });
  const path = join(dataFolder, FILE);
  const beside = join(dataFolder, `.${FILE}.${String(process.pid)}`);
  const made = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(beside, made, { mode: 0o600 });
  try {
    // A link is made of the whole file or not at all, and never replaces one.
    linkSync(beside, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(beside);
  }
  const pem = readFileSync(path, 'utf8');
  writeFileSync(join(dataFolder, PUBLIC_FILE), signerOf(pem).publicKey, { mode: 0o644 });
  return pem;
}
