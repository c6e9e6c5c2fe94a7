/** The doctor's answers as text for people. */
import type { Differences } from './differences.js';
import type { Finding } from './finding.js';

const SIGNS = { ok: 'ok      ', problem: 'PROBLEM ', away: 'AWAY    ', skipped: 'skipped ' } as const;
const MOST_LISTED = 1_000;

export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .flatMap(({ name, state, detail, remedy }) => [
      `${SIGNS[state]}${name.padEnd(width)}  ${detail}`,
      ...(remedy === null ? [] : [`${' '.repeat(SIGNS.ok.length + width)}  → ${remedy}`]),
    ])
    .join('\n');
}

/** Every difference, none left out but for a bound on each list. */
export function differencesText(differences: Differences): string {
  const { behind, lostProcesses, lostRows, lostEffects, unsure, withoutRunner, givenUp, checkpoint } =
    differences;
  return [
    `${String(differences.processes)} processes in the store${differences.engineAsked ? '' : '; Temporal was not asked'}.`,
    section(
      'Processes whose store is behind their runner',
      behind,
      (one) =>
        `${one.processId} (${one.slug}): event ${String(one.storedSeq)}, and ${String(one.seenSeq)} was seen`,
    ),
    section(
      'Processes that are no more in the store (their runners end)',
      lostProcesses,
      (one) =>
        `${one.processId} (${one.slug ?? 'unknown'}) of ${one.tenantId ?? 'unknown'}: ${String(one.seenSeq)} events`,
    ),
    section(
      'Requests that were accepted and are no more in the store (to be asked for again by whoever sent them)',
      lostRows,
      (one) => `${one.inboxId} for ${one.processId}: ${one.answer ?? 'not answered'}`,
    ),
    section(
      'Effects that were done or tried and are no more in the store (never repeated by themselves)',
      lostEffects,
      (one) => `${one.effectId} of ${one.processId}: ${one.kind}, ${one.outcome}`,
    ),
    section(
      'Effects of the store that may have happened (a person decides about each)',
      unsure,
      (one) =>
        `${one.effectId} of ${one.processId}: ${one.kind} ${one.about}, ${one.state}, due ${new Date(one.dueAt).toISOString()}` +
        `; Temporal: ${one.heard ?? 'nothing known'}`,
    ),
    section(
      'Open processes without a runner (no harm: workers start them)',
      withoutRunner,
      (one) => `${one.processId} (${one.slug})`,
    ),
    section('Runners of a line that was given up before (they end by themselves)', givenUp, (one) => one),
    checkpoint
      ? section(
          `Chains that are not what checkpoint ${String(checkpoint.number)} of ${checkpoint.at} says`,
          checkpoint.differences,
          (one) =>
            `${one.tenantId} ${one.chain}: ${one.verdict}, ${String(one.storeNumber)} entries, ${String(one.checkpointNumber)} in the checkpoint`,
        )
      : 'No checkpoint to compare with.',
  ].join('\n');
}

function section<T>(title: string, list: readonly T[], line: (one: T) => string): string {
  const more =
    list.length > MOST_LISTED ? [`  … and ${String(list.length - MOST_LISTED)} more; see --json`] : [];
  const lines = list.slice(0, MOST_LISTED).map((one) => `  ${line(one)}`);
  return [`${title}: ${list.length === 0 ? 'none' : String(list.length)}`, ...lines, ...more].join('\n');
}
