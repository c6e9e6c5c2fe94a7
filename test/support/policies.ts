/** The example policy, whole or with fewer items of the checklist that have a process of their own. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ItemProcess } from '../../domain/onboarding/policy.js';

interface PolicyFile extends Readonly<Record<string, unknown>> {
  readonly onboarding: {
    readonly checklist: readonly { readonly key: string; readonly process?: ItemProcess }[];
  };
}

/** As the demonstration publishes it: every item that can have a process of its own has it. */
export function standardPolicy(): PolicyFile {
  const file = fileURLToPath(new URL('../../examples/policies/standard.yaml', import.meta.url));
  return parse(readFileSync(file, 'utf8')) as PolicyFile;
}

/** Of its items only these have processes, and a person attests the others: as customers have it who came before them. */
export function policyWith(...processes: readonly ItemProcess[]): PolicyFile {
  const { onboarding, ...others } = standardPolicy();
  const checklist = onboarding.checklist.map(({ process, ...item }) =>
    process && processes.includes(process) ? { ...item, process } : item,
  );
  return { ...others, onboarding: { ...onboarding, checklist } };
}
