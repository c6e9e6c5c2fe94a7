/**
 * What the store knows against a command and the process does not: ids that are taken, or must be there, over all
 * customers. A command is held against the same as the import that gives it.
 */
import type { Definition } from '../../domain/kernel/rules.js';
import type { Data } from '../../domain/kernel/words.js';
import { takenPlaces } from '../contact-matrix/taken.js';
import { checkContract } from '../contracts/check.js';
import type { Dependencies } from '../dependencies.js';
import type { Place } from '../http/problems.js';

interface Asked {
  readonly tenantId: string;
  readonly definition: Definition;
  readonly command: string;
  readonly payload: Data;
  readonly actor: string | null;
}

type Check = (deps: Dependencies, asked: Asked) => Promise<readonly Place[]>;

const taken: Check = (deps, { tenantId, payload }) => takenPlaces(deps, tenantId, payload);

/** By slug and command. */
const checks: Readonly<Record<string, Check>> = {
  'contract/amend': async (deps, { actor, payload }) => {
    // A system amends nothing: nobody is there who may see the contract.
    const checked = await checkContract(deps, { id: actor ?? '' }, payload);
    return checked.ok ? [] : checked.problems;
  },
  'contactMatrix/import': taken,
  'contactMatrix/reportJoiner': taken,
};

/** With their places; nothing where the command has no such check. */
export async function storeProblems(deps: Dependencies, asked: Asked): Promise<readonly Place[]> {
  const { slug } = asked.definition.words;
  return (await checks[`${slug}/${asked.command}`]?.(deps, asked)) ?? [];
}
