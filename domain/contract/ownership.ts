/** Who owns what belongs to a contract (service spec §3a "Until an SM is assigned the SM manager owns", §3 R6). */
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';

export interface Serving {
  readonly managerId: string | null;
  readonly backupId: string | null;
  readonly smManagerId: string;
}

/** One person: the service manager; while he is away the backup; the SM manager when nobody is named or left. */
export function ownerOf(serving: Serving, directory: Directory): readonly string[] {
  const named = serving.managerId === null ? [] : [serving.managerId, serving.backupId];
  return activeOnly(directory, [...named, serving.smManagerId, ...staffWith(directory, 'smManager')]).slice(
    0,
    1,
  );
}

/** R5 "owner's manager": the SM manager, or the Support Director when the SM manager owns himself. */
export function managerOfOwner(serving: Serving, directory: Directory): readonly string[] {
  const smManager = activeOnly(directory, [serving.smManagerId]);
  const [owner] = ownerOf(serving, directory);
  return smManager.length > 0 && owner !== smManager[0] ? smManager : staffWith(directory, 'supportDirector');
}
