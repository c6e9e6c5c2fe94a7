/** People, a calendar and a policy, for both stores alike. */
import type { CalendarVersion } from '../../../domain/time/calendar.js';
import type { Database } from '../../../db/connection.js';
import { createTenant, savePeople, saveSetting, type PersonRecord } from '../../../db/provision/tenants.js';
import { importVersion } from '../../../db/provision/versions.js';
import { policyBody } from './parcel.js';

const always = [{ opens: '00:00', closes: '24:00' }];
export const round: CalendarVersion = {
  id: 'round',
  version: 1,
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

export function aPerson(id: string, change: Partial<PersonRecord> = {}): PersonRecord {
  return {
    id,
    name: `${id} of the tests`,
    email: `${id}@example.com`,
    phone: null,
    zone: 'UTC',
    language: 'en',
    calendarId: null,
    deputyId: null,
    grants: [],
    active: true,
    ...change,
  };
}

export const staff = [
  aPerson('olga'),
  aPerson('otto', { grants: ['operator'] }),
  aPerson('ava', { grants: ['auditor'] }),
];
export const TENANT = 'acme';
export const guests: Readonly<Record<string, readonly PersonRecord[]>> = {
  acme: [aPerson('gwen'), aPerson('gary')],
  umbra: [aPerson('uma')],
};

/** Tenants `provider`, `acme`, `umbra` with their people; calendar `round`, policy `standard`. */
export async function seedWorld(database: Database): Promise<void> {
  await createTenant(database, { id: 'provider', name: 'Provider' });
  await saveSetting(database, 'providerCalendarId', 'round');
  await savePeople(database, 'provider', staff, null);
  for (const [tenant, people] of Object.entries(guests)) {
    await createTenant(database, { id: tenant, name: tenant });
    await savePeople(database, tenant, people, 'olga');
  }
  const approval = { author: 'olga', approver: 'otto' };
  await importVersion(database, { kind: 'calendar', id: 'round' }, { ...round }, approval);
  await importVersion(database, { kind: 'policy', id: 'standard' }, policyBody, approval);
}
