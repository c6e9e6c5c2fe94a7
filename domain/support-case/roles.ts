/** Who has to do with a case: who may act, who is told. */
import { contractRoles } from '../contract/facts.js';
import { activeOnly, staffWith } from '../kernel/directory.js';
import { onDutyRoles } from './on-duty.js';
import {
  callersOf,
  caseOwnerOf,
  consentersOf,
  endUserLevel2,
  priorityApprovers,
  type CaseScene,
} from './scene.js';

export const caseRoles = {
  ...contractRoles,
  caseOwner: { label: 'Owner of the case', who: (scene: CaseScene) => caseOwnerOf(scene) },
  desk: {
    label: 'Engineers of the desk',
    who: ({ directory }: CaseScene) => staffWith(directory, 'seniorDesk'),
  },
  ...onDutyRoles,
  engineer: {
    label: 'Engineer of the case',
    who: ({ data, directory }: CaseScene) => activeOnly(directory, [data.engineerId]),
  },
  nextEngineer: {
    label: 'Engineer who is to take over',
    who: ({ data, directory }: CaseScene) => activeOnly(directory, [data.handOver?.to]),
  },
  caller: {
    label: 'Caller',
    who: ({ data, directory }: CaseScene) => activeOnly(directory, [data.caller.personId]),
  },
  authorisedCallers: { label: 'Authorised callers', who: (scene: CaseScene) => callersOf(scene) },
  consenters: { label: 'Who consents for the End User', who: (scene: CaseScene) => consentersOf(scene) },
  priorityApprovers: {
    label: 'Who agrees to a lower priority',
    who: (scene: CaseScene) => priorityApprovers(scene),
  },
  endUserLevel2: { label: 'Level 2 of the End User', who: (scene: CaseScene) => endUserLevel2(scene) },
} as const;
