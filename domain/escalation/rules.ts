/** The rules of escalations, one row per line of service spec §4.19 and of those it lacks (§4.3, §3a). */
import { define } from '../kernel/rules.js';
import { rulesOfCase } from './rules-case.js';
import { rulesOfClimb } from './rules-climb.js';
import { rulesOfEnd } from './rules-end.js';
import { rulesOfWork } from './rules-work.js';
import { escalation } from './words.js';

export const escalationRules = define(escalation, [
  ...rulesOfClimb,
  ...rulesOfWork,
  ...rulesOfCase,
  ...rulesOfEnd,
]);
