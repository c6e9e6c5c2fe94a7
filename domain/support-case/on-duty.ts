/** Whom the Senior Desk pages, one after another, until somebody takes the call (service spec §4.16, §3a "4.16 ladder"). */
import type { z } from 'zod';
import { activeOnly, staffWith, type Directory } from '../kernel/directory.js';
import type { dutyFacts } from './facts.js';
import type { DeskPolicy } from './policy.js';

interface Scene {
  readonly look: { readonly duty: z.infer<typeof dutyFacts> };
  readonly directory: Directory;
}

const oneOf = ({ directory }: Scene, ids: readonly (string | null | undefined)[]) =>
  activeOnly(directory, ids).slice(0, 1);

/** Somebody is always told: where nobody is on duty, whoever holds the function. */
const dutyManagers = (scene: Scene) => {
  const { dutyManager } = scene.look.duty;
  return oneOf(scene, [dutyManager, ...staffWith(scene.directory, 'dutyManager')]);
};

export const onDutyRoles = {
  onDuty: {
    label: 'Engineer on duty',
    who: (scene: Scene) => {
      const [first] = activeOnly(scene.directory, scene.look.duty.engineers);
      return first === undefined ? dutyManagers(scene) : [first];
    },
  },
  second: {
    label: 'Second engineer on duty',
    who: (scene: Scene) => {
      const [, next] = activeOnly(scene.directory, scene.look.duty.engineers);
      return next === undefined ? dutyManagers(scene) : [next];
    },
  },
  dutyManager: { label: 'Duty Manager', who: dutyManagers },
  director: {
    label: 'Support Director',
    who: (scene: Scene) =>
      oneOf(scene, [scene.look.duty.supportDirector, ...staffWith(scene.directory, 'supportDirector')]),
  },
} as const;

/** After the first page: when the next one of the desk is paged. */
export function ladderMarks({ page }: DeskPolicy) {
  return {
    second: { of: page.second },
    dutyManager: { of: page.dutyManager },
    director: { of: page.director },
  } as const;
}
