/** Errands beside the real cases and escalations, so that one worker drives both. */
import type { StoreRegistry } from '../../db/registry.js';
import { stores } from '../../db/stores.js';
import { escalationRules } from '../../domain/escalation/rules.js';
import type { Registry } from '../../domain/kernel/advance.js';
import { supportCaseRules } from '../../domain/support-case/rules.js';
import { errands } from './errand.js';

export const deskErrands: Registry = {
  ...errands,
  definitions: { ...errands.definitions, supportCase: supportCaseRules, escalation: escalationRules },
};

export const deskStores: StoreRegistry = {
  supportCase: stores.supportCase,
  escalation: stores.escalation,
};
