/** What hand-overs and contracts read of each other in the small world. */
import { servingOf, type Named } from '../../domain/contract/ownership.js';
import type { Data } from '../../domain/kernel/words.js';
import { definitionOf } from '../../domain/processes.js';
import type { TestWorld } from './world.js';

interface ContractData extends Named {
  readonly contractId: string;
  readonly number: string;
}

/** The processes of a kind that are open, with their states. */
function openOf(world: TestWorld, slug: string) {
  return [...world.store.processes].flatMap(([id, { ref, state }]) => {
    const kind = state && definitionOf(ref.slug)?.words.statuses[state.status]?.kind;
    return ref.slug === slug && state && kind === 'open' ? [{ id, state }] : [];
  });
}

/** Who is away now. */
export function away(world: TestWorld) {
  return openOf(world, 'handover').flatMap(({ id, state }) =>
    state.data['begun'] === true ? [{ handoverId: id, personId: state.data['from'] as string }] : [],
  );
}

export function handoverLook(world: TestWorld, { data, payload }: { data: Data | null; payload: Data }) {
  const from = (data ?? payload)['from'];
  // The subject does not say which process asks; its own absence is the one of its person that began when it did.
  const own = (other: Data) =>
    data !== null && other['from'] === from && other['effectiveAt'] === data['effectiveAt'];
  const absences = openOf(world, 'handover')
    .filter(({ state }) => !own(state.data))
    .map(({ id, state }) => ({
      handoverId: id,
      personId: state.data['from'],
      startsAt: state.data['effectiveAt'],
      endsAt: state.data['endsAt'],
      begun: state.data['begun'],
    }));
  return { absences, portfolio: data?.['begun'] === true ? [] : portfolioOf(world, from as string) };
}

function portfolioOf(world: TestWorld, from: string) {
  return openOf(world, 'contract').flatMap(({ id, state }) => {
    const data = state.data as unknown as ContractData;
    const serving = servingOf(data, world.directory);
    if (![serving.managerId, serving.backupId].includes(from)) return [];
    const { contractId, number } = data;
    const place = serving.managerId === from ? 'manager' : 'backup';
    const processes = [{ processId: id, slug: 'contract', headline: number, status: state.status }].map(
      (process) => ({
        ...process,
        ownerId: state.ownerId,
        tasks: (world.store.tasks.get(id) ?? []).map(({ command, label, dueAt }) => ({
          command,
          label,
          dueAt,
        })),
        clocks: state.clocks.map(({ name, key, promise }) => ({ name, key, promise, dueAt: null })),
      }),
    );
    const { tenantId } = state;
    return [{ key: contractId, tenantId, contractId, processId: id, number, place, ...serving, processes }];
  });
}
