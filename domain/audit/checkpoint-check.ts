/** Judges a collection of checkpoints, and chains against them; knows nothing of where either comes from. */
import type { ChainKind } from './chain.js';
import {
  checkpointHash,
  parseCheckpoint,
  parseRestore,
  signedText,
  type ChainMark,
  type RestoreStatement,
  type SignedCheckpoint,
} from './checkpoint.js';
import { isSignedBy, keyIdOf } from '../kernel/hash.js';

/** Something kept outside: a file, a mail. */
export interface KeptFile {
  readonly name: string;
  readonly text: string;
}

export interface Series {
  /** Those that are genuine, one for each number, in their order. */
  readonly checkpoints: readonly SignedCheckpoint[];
  readonly problems: readonly string[];
}

/** Checks the files among themselves: form, signature, numbers without gap or fork, each naming the one before. */
export function judgeSeries(files: readonly KeptFile[], publicKeys: readonly string[]): Series {
  const problems: string[] = [];
  const byNumber = new Map<number, { readonly name: string; readonly checkpoint: SignedCheckpoint }>();
  for (const { name, text } of files) {
    const checkpoint = parseCheckpoint(text);
    const wrong = checkpoint ? signatureProblem(checkpoint, publicKeys) : 'is no checkpoint: it was changed';
    if (!checkpoint || wrong !== null) {
      problems.push(`${name} ${wrong ?? ''}.`);
      continue;
    }
    const there = byNumber.get(checkpoint.number);
    if (!there) byNumber.set(checkpoint.number, { name, checkpoint });
    else if (checkpointHash(there.checkpoint) !== checkpointHash(checkpoint))
      problems.push(
        `There are two checkpoints ${String(checkpoint.number)} (${there.name} and ${name}): the history was forked.`,
      );
  }
  const checkpoints = [...byNumber.values()]
    .map(({ checkpoint }) => checkpoint)
    .sort((a, b) => a.number - b.number);
  return { checkpoints, problems: [...problems, ...sequenceProblems(checkpoints)] };
}

function signatureProblem(
  statement: SignedCheckpoint | RestoreStatement,
  publicKeys: readonly string[],
): string | null {
  const key = publicKeys.find((each) => keyIdOf(each) === statement.key);
  if (key === undefined) return `is signed with key ${statement.key}, which is none of the public keys given`;
  return isSignedBy(key, signedText(statement), statement.signature)
    ? null
    : 'does not bear a true signature: it was forged or edited';
}

function sequenceProblems(checkpoints: readonly SignedCheckpoint[]): readonly string[] {
  const problems: string[] = [];
  let before: SignedCheckpoint | null = null;
  for (const checkpoint of checkpoints) {
    const expected: number = (before?.number ?? 0) + 1;
    if (checkpoint.number > expected) {
      problems.push(`${range('Checkpoint', expected, checkpoint.number - 1)} missing.`);
    } else if (checkpoint.previous !== (before && checkpointHash(before))) {
      problems.push(
        `Checkpoint ${String(checkpoint.number)} does not follow checkpoint ${String(expected - 1)} as it is here: the history was forked.`,
      );
    }
    if (before && before.installation !== checkpoint.installation)
      problems.push(`Checkpoint ${String(checkpoint.number)} is of another installation.`);
    before = checkpoint;
  }
  return problems;
}

function range(what: string, from: number, to: number): string {
  return from === to ? `${what} ${String(from)} is` : `${what}s ${String(from)} to ${String(to)} are`;
}

/** A stored restore, and the customers whose second chain names it. */
export interface StoredRestore {
  readonly text: string;
  readonly declaredFor: readonly string[];
}

/** The chains that are judged. */
export interface Chains {
  /** The last number of a chain; null when there is no such chain. */
  end(tenantId: string, chain: ChainKind): number | null;
  /** The hash of an entry; null when it is not there. Number 0 is the genesis. */
  hashAt(tenantId: string, chain: ChainKind, number: number): string | null;
}

export interface Comparison {
  readonly problems: readonly string[];
  /** Restores that were declared and are accepted, in words. */
  readonly restores: readonly string[];
}

/** Compares chains with the checkpoints that saw them. A declared, signed restore excuses what it abandoned, no more. */
export function judgeChains(
  checkpoints: readonly SignedCheckpoint[],
  stored: readonly StoredRestore[],
  publicKeys: readonly string[],
  chains: Chains,
): Comparison {
  const { accepted, problems } = judgeRestores(checkpoints, stored, publicKeys);
  const first = new Map<string, string>();
  const met = new Map<string, SignedCheckpoint>();
  for (const checkpoint of checkpoints) {
    for (const mark of checkpoint.chains) {
      const name = `${mark.tenantId}\n${mark.chain}`;
      if (chains.hashAt(mark.tenantId, mark.chain, mark.number) === mark.hash) met.set(name, checkpoint);
      else if (!first.has(name) && !accepted.some((restore) => excuses(restore, checkpoint, mark)))
        first.set(name, sentence(mark, checkpoint, met.get(name), chains.end(mark.tenantId, mark.chain)));
    }
  }
  return {
    problems: [...problems, ...first.values()],
    restores: accepted.map(
      ({ statement }) =>
        `Restored on ${statement.at}, declared by ${statement.by} (${statement.reason}); ` +
        (statement.abandoned
          ? `abandons the entries that only checkpoints up to ${String(statement.abandoned.number)} saw.`
          : 'no checkpoint is abandoned.'),
    ),
  };
}

function sentence(
  { tenantId, chain, number }: ChainMark,
  checkpoint: SignedCheckpoint,
  met: SignedCheckpoint | undefined,
  end: number | null,
): string {
  const where = `the ${chain} chain of ${tenantId}`;
  const saw = `Checkpoint ${String(checkpoint.number)} of ${checkpoint.at} saw entry ${String(number)} of ${where}`;
  if (end === null) return `${saw}, and there is no such chain: it was deleted, or the database is older.`;
  if (end < number) {
    return `${saw}, and the chain ends at ${String(end)}: its tail was cut, or an older database was put in its place (an undeclared restore).`;
  }
  return met
    ? `${saw}, and another entry stands there: the chain meets checkpoint ${String(met.number)} and not this one; it was written anew in between (a fork, or an undeclared restore).`
    : `${saw}, and another entry stands there: the chain was written anew.`;
}

interface Accepted {
  readonly statement: RestoreStatement;
  readonly declaredFor: readonly string[];
}

/** Only entries behind where the restored database stood, seen by checkpoints up to the abandoned one. */
function excuses(
  { statement, declaredFor }: Accepted,
  checkpoint: SignedCheckpoint,
  mark: ChainMark,
): boolean {
  const { abandoned, chains } = statement;
  if (!abandoned || checkpoint.number > abandoned.number) return false;
  const stood = chains.find((one) => one.tenantId === mark.tenantId && one.chain === mark.chain);
  // A customer that the older database did not know has no chain in which the restore could be named.
  return stood ? mark.number > stood.number && declaredFor.includes(mark.tenantId) : true;
}

function judgeRestores(
  checkpoints: readonly SignedCheckpoint[],
  stored: readonly StoredRestore[],
  publicKeys: readonly string[],
): { readonly accepted: readonly Accepted[]; readonly problems: readonly string[] } {
  const accepted: Accepted[] = [];
  const problems: string[] = [];
  for (const { text, declaredFor } of stored) {
    const statement = parseRestore(text);
    const wrong = statement
      ? (signatureProblem(statement, publicKeys) ?? abandonedProblem(checkpoints, statement, declaredFor))
      : 'is no restore statement: it was changed';
    if (statement && wrong === null) accepted.push({ statement, declaredFor });
    else problems.push(`A declared restore${statement ? ` of ${statement.at}` : ''} ${wrong ?? ''}.`);
  }
  return { accepted, problems };
}

function abandonedProblem(
  checkpoints: readonly SignedCheckpoint[],
  { abandoned, chains }: RestoreStatement,
  declaredFor: readonly string[],
): string | null {
  const unnamed = chains.find((one) => !declaredFor.includes(one.tenantId));
  if (unnamed) return `is not named in the second chain of ${unnamed.tenantId}`;
  const there = abandoned && checkpoints.find((one) => one.number === abandoned.number);
  if (there && checkpointHash(there) !== abandoned.hash)
    return `abandons a checkpoint ${String(abandoned.number)} that is not the one kept here`;
  return null;
}

/** Compares what the database knows of its own checkpoints with what is kept outside. */
export function judgeKnown(
  checkpoints: readonly SignedCheckpoint[],
  known: { readonly installation: string | null; readonly last: { number: number; hash: string } | null },
  restores: readonly StoredRestore[],
): readonly string[] {
  const newest = checkpoints.at(-1);
  const last = known.last;
  if (newest && known.installation !== newest.installation)
    return ['The checkpoints are of another installation than the database.'];
  const outside = newest?.number ?? 0;
  const inside = last?.number ?? 0;
  const abandoned = Math.max(0, ...restores.map(({ text }) => parseRestore(text)?.abandoned?.number ?? 0));
  if (outside > Math.max(inside, abandoned)) {
    const which = `The database knows ${inside === 0 ? 'no checkpoint' : `checkpoints up to ${String(inside)}`}`;
    return [
      `${which}, and checkpoint ${String(outside)} is kept outside: the database is older than that (an undeclared restore).`,
    ];
  }
  if (inside > outside)
    return [`${range('Checkpoint', outside + 1, inside)} known to the database and missing outside.`];
  const same = checkpoints.find((one) => one.number === inside);
  return same && last && checkpointHash(same) !== last.hash
    ? [
        `The database and the place outside hold different checkpoints ${String(inside)}: the history was forked.`,
      ]
    : [];
}
