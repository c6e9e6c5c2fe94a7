/** `careplus audit verify` against signed checkpoints: what is kept outside judges what the installation says. */
import { z } from 'zod';
import { walkFile } from '../../domain/audit/chain-file.js';
import type { ChainKind } from '../../domain/audit/chain.js';
import {
  judgeChains,
  judgeKnown,
  judgeSeries,
  type Chains,
  type Comparison,
  type Series,
} from '../../domain/audit/checkpoint-check.js';
import type { SignedCheckpoint } from '../../domain/audit/checkpoint.js';
import { typed } from '../api-client.js';
import type { ExitCode } from '../failure.js';
import { chainFile, checkpointFiles, publicKeysIn } from '../files/checkpoints.js';
import { counted } from '../output/text.js';
import type { Session } from '../shell.js';

const known = z.object({
  installation: z.string().nullable(),
  last: z.object({ number: z.number(), hash: z.string() }).nullable(),
  restores: z.array(z.object({ text: z.string(), declaredFor: z.array(z.string()) })),
  heads: z.array(
    z.object({
      tenantId: z.string(),
      chain: z.enum(['event', 'refusal']),
      number: z.number(),
      hash: z.string(),
    }),
  ),
});

const verified = z.object({
  tenants: z.array(
    z.object({
      tenantId: z.string(),
      events: z.number(),
      refusals: z.number(),
      problems: z.array(z.object({ chain: z.string(), number: z.number(), problem: z.string() })),
    }),
  ),
});

const hashes = z.object({ hashes: z.array(z.string().nullable()) });

/** Entries that the API looks up at once. */
const BATCH = 2_000;

export interface Outside {
  /** Folder of checkpoints. */
  readonly checkpoints?: string | undefined;
  readonly publicKey?: string | undefined;
}

interface Judgement extends Comparison {
  readonly entries: number;
  readonly checkpoints: number;
}

/** The chains of the installation against a folder of signed checkpoints. */
export async function verifyOutside(
  session: Session,
  folder: string,
  publicKeyFile: string,
): Promise<ExitCode> {
  const { cwd } = session.io;
  const keys = publicKeysIn(cwd, publicKeyFile);
  const series = judgeSeries(checkpointFiles(cwd, folder), keys);
  const walked = typed(verified, (await session.api.send('/v1/audit/verify', { body: {} })).body);
  const state = typed(known, (await session.api.get('/v1/audit/checkpoints')).body);
  const chains = await chainsOf(session, series.checkpoints, state.heads);
  const compared = judgeChains(series.checkpoints, state.restores, keys, chains);
  const inChains = walked.tenants.flatMap(({ tenantId, problems }) =>
    problems.map(
      ({ chain, number, problem }) =>
        `Entry ${String(number)} of the ${chain} chain of ${tenantId}: ${problem}.`,
    ),
  );
  return tell(session, {
    problems: [
      ...inChains,
      ...series.problems,
      ...judgeKnown(series.checkpoints, state, state.restores),
      ...compared.problems,
    ],
    restores: compared.restores,
    entries: walked.tenants.reduce((sum, each) => sum + each.events + each.refusals, 0),
    checkpoints: series.checkpoints.length,
  });
}

/** A file of chains, without any installation; without checkpoints a tail that was cut off does not show. */
export async function verifyChainFile(session: Session, name: string, outside: Outside): Promise<ExitCode> {
  const { cwd } = session.io;
  const walked = walkFile(chainFile(cwd, name));
  const { checkpoints: folder, publicKey } = outside;
  let series: Series = { checkpoints: [], problems: [] };
  let compared: Comparison = { problems: [], restores: [] };
  if (folder !== undefined && publicKey !== undefined) {
    const keys = publicKeysIn(cwd, publicKey);
    series = judgeSeries(checkpointFiles(cwd, folder), keys);
    compared = judgeChains(series.checkpoints, walked.restores, keys, walked.chains);
  } else
    session.remark('Without checkpoints a tail that was cut off, or a chain written anew, does not show.');
  return tell(session, {
    problems: [...walked.problems, ...series.problems, ...compared.problems],
    restores: compared.restores,
    entries: walked.entries,
    checkpoints: series.checkpoints.length,
  });
}

interface Head {
  readonly tenantId: string;
  readonly chain: ChainKind;
  readonly number: number;
}

/** Asks for every entry that a checkpoint saw, each once. */
async function chainsOf(
  session: Session,
  checkpoints: readonly SignedCheckpoint[],
  heads: readonly Head[],
): Promise<Chains> {
  const nameOf = (tenantId: string, chain: ChainKind, number: number): string =>
    JSON.stringify([tenantId, chain, number]);
  const asked = new Map<string, Head>();
  for (const { tenantId, chain, number } of checkpoints.flatMap((one) => one.chains))
    asked.set(nameOf(tenantId, chain, number), { tenantId, chain, number });
  const found = new Map<string, string | null>();
  const entries = [...asked.entries()];
  for (let from = 0; from < entries.length; from += BATCH) {
    const batch = entries.slice(from, from + BATCH);
    const body = { entries: batch.map(([, entry]) => entry) };
    const answer = typed(hashes, (await session.api.send('/v1/audit/entries', { body })).body);
    for (const [index, [name]] of batch.entries()) found.set(name, answer.hashes[index] ?? null);
  }
  return {
    end: (tenantId, chain) =>
      heads.find((head) => head.tenantId === tenantId && head.chain === chain)?.number ?? null,
    hashAt: (tenantId, chain, number) => found.get(nameOf(tenantId, chain, number)) ?? null,
  };
}

function tell(session: Session, judged: Judgement): ExitCode {
  const { problems, restores, entries, checkpoints } = judged;
  const ok = problems.length === 0;
  session.answer({ ok, ...judged }, () =>
    [
      ok ? session.paint.green('The record is sound.') : session.paint.red('The record is NOT sound.'),
      `  ${counted(entries, 'entry', 'entries')} walked, ${counted(checkpoints, 'checkpoint')} compared`,
      ...problems.map((problem) => session.prose(problem, '  ')),
      ...restores.map((restore) => session.prose(restore, '  ')),
    ].join('\n'),
  );
  return ok ? 0 : 1;
}
