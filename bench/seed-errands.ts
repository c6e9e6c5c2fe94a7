/** The people, the calendar and the policy that errands need, in as many tenants as asked for. */
import type { Database } from '../db/connection.js';
import { createTenant, savePeople, saveSetting } from '../db/provision/tenants.js';
import { importVersion } from '../db/provision/versions.js';
import { newId } from '../db/store/ids.js';
import type { Acceptance } from '../db/store/types.js';

const always = [{ opens: '00:00', closes: '24:00' }];
const round = {
  id: 'round',
  title: 'Round the clock',
  zone: 'UTC',
  weekly: {
    monday: always,
    tuesday: always,
    wednesday: always,
    thursday: always,
    friday: always,
    saturday: always,
    sunday: always,
  },
  holidays: [],
};

const olga = {
  id: 'olga',
  name: 'Olga Owner',
  email: 'olga@provider.example',
  phone: null,
  zone: 'UTC',
  language: 'en',
  calendarId: null,
  deputyId: null,
  grants: ['serviceManager'],
  active: true,
};

export function tenantId(index: number): string {
  return `tenant-${String(index)}`;
}

export async function seedErrands(database: Database, tenants: number): Promise<void> {
  await createTenant(database, { id: 'provider', name: 'Provider' });
  await saveSetting(database, 'providerCalendarId', 'round');
  await savePeople(database, 'provider', [olga], null);
  const approval = { author: 'olga', approver: 'otto' };
  await importVersion(database, { kind: 'calendar', id: 'round' }, round, approval);
  await importVersion(database, { kind: 'policy', id: 'standard' }, {}, approval);
  for (let index = 0; index < tenants; index += 1) {
    await createTenant(database, { id: tenantId(index), name: `Tenant ${String(index)}` });
  }
}

/** The start of an errand; its id is made here. `tick`: from when on and how often its second clock ticks. */
export function errandStart(
  tenant: string,
  tick: { readonly from: number; readonly minutes: number } = { from: 0, minutes: 1 },
): Acceptance {
  return {
    tenantId: tenant,
    processId: newId('prc'),
    kind: 'start',
    name: 'start',
    payload: { tickFrom: tick.from, tickMinutes: tick.minutes },
    actor: null,
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: null,
    start: { slug: 'onboarding', policyId: 'standard', policyVersion: 1, ownerId: 'olga' },
  };
}

export function errandCommand(tenant: string, processId: string, name: 'step' | 'finish'): Acceptance {
  return {
    tenantId: tenant,
    processId,
    kind: 'command',
    name,
    payload: {},
    actor: 'olga',
    onBehalfOf: null,
    expectedSeq: null,
    urgent: false,
    key: null,
    start: null,
  };
}
