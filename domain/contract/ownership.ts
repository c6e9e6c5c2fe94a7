/** Who owns what belongs to a contract (service spec §3a "Until an SM is assigned the SM manager owns", §3 R6). */
import { z } from 'zod';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';

export interface Serving {
  readonly managerId: string | null;
  readonly backupId: string | null;
  readonly smManagerId: string;
}

/** Somebody who serves the contract, or stands in there, and is away: by which hand-over, and who has taken his place. */
export const absence = z.strictObject({
  handoverId: z.string(),
  personId: z.string(),
  standInId: z.string().nullable(),
});
export type Absence = z.infer<typeof absence>;

/** Who is named for the contract, and who of them is away. */
export interface Named extends Serving {
  readonly absences: readonly Absence[];
}

/**
 * Who serves while those named may be away (service spec §3a "R6"): in the manager's place whoever took it, else the
 * backup, else the SM manager. The backup's place may stay empty.
 */
export function servingOf(named: Named, directory: Directory): Serving {
  const { managerId, backupId, smManagerId, absences } = named;
  const standsFor = (id: string | null) => (id === null ? null : inPlaceOf(id, absences));
  const acting =
    managerId === null || standsFor(managerId) === managerId
      ? managerId
      : (present(named, directory, [
          standsFor(managerId),
          standsFor(backupId),
          smManagerId,
          ...staffWith(directory, 'smManager'),
        ])[0] ?? smManagerId);
  const second = standsFor(backupId);
  return { managerId: acting, backupId: second === acting ? null : second, smManagerId };
}

/** The contract after a person has handed his places to another for good. Nobody serves in both places. */
export function handedOver(named: Named, personId: string, to: string): Omit<Named, 'smManagerId'> {
  const moved = (id: string | null) => (id === personId ? to : id);
  const managerId = moved(named.managerId);
  const backupId = moved(named.backupId);
  const absences = named.absences
    .filter((one) => one.personId !== personId)
    .map((one) => ({ ...one, standInId: moved(one.standInId) }));
  return { managerId, backupId: backupId === managerId ? null : backupId, absences };
}

/**
 * One person: the service manager; while he is away the backup; the SM manager when nobody is named or left; then
 * whoever leads. Nothing may be without an owner (service spec §3 R6).
 */
export function ownerOf(serving: Serving, directory: Directory): readonly string[] {
  const named = serving.managerId === null ? [] : [serving.managerId, serving.backupId];
  const leads = ['smManager', 'supportDirector', 'dutyManager'].flatMap((grant) =>
    staffWith(directory, grant),
  );
  return activeOnly(directory, [...named, serving.smManagerId, ...leads]).slice(0, 1);
}

/** R5 "owner's manager": the SM manager, or the Support Director when the SM manager owns himself. */
export function managerOfOwner(serving: Serving, directory: Directory): readonly string[] {
  const smManager = activeOnly(directory, [serving.smManagerId]);
  const [owner] = ownerOf(serving, directory);
  return smManager.length > 0 && owner !== smManager[0] ? smManager : staffWith(directory, 'supportDirector');
}

/** Himself when he is there, else who has taken his place, who may be away in turn; null when nobody has. */
function inPlaceOf(id: string, absences: readonly Absence[]): string | null {
  let standing: string | null = id;
  // Each absence is followed once at most: two people may have named each other.
  for (let followed = 0; standing !== null && followed <= absences.length; followed += 1) {
    const away = absences.find((one) => one.personId === standing);
    if (!away) return standing;
    standing = away.standInId;
  }
  return null;
}

function present({ absences }: Named, directory: Directory, ids: readonly (string | null)[]) {
  return activeOnly(directory, ids).filter((id) => !absences.some(({ personId }) => personId === id));
}
