/** The rules of a case, one row per line of service spec §4.16, §4.19 "Senior Desk case", §3 R1, R3, R4, R9, R10 and §3a. */
import { define } from '../kernel/rules.js';
import { closureRows } from './rules/closure.js';
import { deskRows } from './rules/desk.js';
import { gateRows } from './rules/gate.js';
import { intakeRows } from './rules/intake.js';
import { outsideRows } from './rules/outside.js';
import { priorityRows } from './rules/priority.js';
import { workRows } from './rules/work.js';
import { supportCase } from './words.js';

export const supportCaseRules = define(supportCase, [
  ...intakeRows,
  ...gateRows,
  ...deskRows,
  ...workRows,
  ...priorityRows,
  ...closureRows,
  ...outsideRows,
]);
