/** What a case reads beyond itself. */
import { z } from 'zod';
import { localDayOf, openDayOf } from '../../domain/time/open-days.js';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import { holdName } from '../hold.js';
import { matrixOf } from '../contact-matrix/lookups.js';
import { contractIdOf, contractOf, lockContract } from '../contract/lookups.js';
import { businessNow } from '../business-clock.js';
import { standingAt } from '../read/in-force.js';
import { readDuty } from '../rota/read.js';
import type { LookupLoader, LookupSubject } from '../registry.js';
import { SAME_OUTAGE } from './same-outage.js';

/** Tier and sites; a site without a calendar of its own goes by the contract's. */
const cover: LookupLoader = async (trx, subject) =>
  trx.row(
    `select c.tier,
       coalesce((select json_agg(json_build_object('id', s.id, 'calendarId', coalesce(s.calendar_id, c.calendar_id))
           order by s.id)
         from sites s where s.tenant_id = c.tenant_id and s.contract_id = c.id), '[]') as sites
       from contracts c where c.tenant_id = :tenantId and c.id = :contractId`,
    { tenantId: subject.tenantId, contractId: contractIdOf(subject) },
  );

/** Nothing is recorded about single devices, so that the contract alone decides. */
const device: LookupLoader = async (_trx, subject) =>
  textIn(subject, 'device') === null ? 'noDevice' : 'notRecorded';

/** Who is on duty by the rota. Where none says so, whoever holds the function counts, in a stable order. */
export const duty: LookupLoader = async (trx) => {
  const rota = await readDuty(trx, await businessNow(trx));
  const staff = await trx.rows<{ id: string; grants: readonly string[] }>(
    `select id, grants from people
      where tenant_id = 'provider' and active and grants && '{seniorDesk,dutyManager,supportDirector}'
      order by id`,
  );
  const holders = (grant: string) => staff.filter(({ grants }) => grants.includes(grant)).map(({ id }) => id);
  return {
    engineers: rota.engineers.length > 0 ? rota.engineers : holders('seniorDesk'),
    dutyManager: rota.dutyManager ?? holders('dutyManager')[0] ?? null,
    supportDirector: rota.supportDirector ?? holders('supportDirector')[0] ?? null,
  };
};

const guideline: LookupLoader = async (trx, subject) => {
  const asked = {
    contractId: contractIdOf(subject),
    kind: 'outageGuideline',
    at: await businessNow(trx),
  } as const;
  const { inForce } = await standingAt(trx, asked);
  if (!inForce) return null;
  const { documentId, version, title, sha256 } = inForce;
  return { documentId, version, title, sha256 };
};

/** The skill register of the installation: products by engineer. Without one nothing is checked. */
const skills: LookupLoader = async (trx) => {
  const row = await trx.row<{ value: unknown }>(
    `select value from settings where tenant_id = 'provider' and name = 'skillRegister'`,
  );
  return row?.value ?? {};
};

/** Open hours of the Provider from the day before to the day after. */
const providerHours: LookupLoader = async (trx) => {
  const row = await trx.row<{ now: number; body: CalendarVersion }>(
    `select ms(business_now())::float8 as now, v.body
       from settings s
       join calendar_heads h on h.tenant_id = 'provider' and h.id = s.value #>> '{}'
       join calendars v on v.tenant_id = h.tenant_id and v.id = h.id and v.version = h.version
      where s.tenant_id = 'provider' and s.name = 'providerCalendarId'`,
  );
  if (!row) return [];
  const today = localDayOf(row.now, row.body);
  return [today - 1, today, today + 1].flatMap((day) =>
    openDayOf(day, row.body).spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
  );
};

const escalations: LookupLoader = async (trx, { tenantId, processId }) => {
  const rows = await trx.rows<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and slug = 'escalation' and not closed and data ->> 'caseId' = :processId
      order by created_at, id`,
    { tenantId, processId },
  );
  return rows.map(({ id }) => id);
};

const onboarding: LookupLoader = async (trx, subject) => {
  const row = await trx.row<{ id: string }>(
    `select id from processes
      where tenant_id = :tenantId and contract_id = :contractId and slug = 'onboarding' and seq > 0 and not closed
      order by created_at, id limit 1`,
    { tenantId: subject.tenantId, contractId: contractIdOf(subject) },
  );
  return row?.id ?? null;
};

/** A start holds the contract, so that of two calls at once one joins the other. */
const sameOutage: LookupLoader = async (trx, subject) => {
  const { tenantId, processId, data } = subject;
  if (data !== null) return null;
  const contractId = contractIdOf(subject);
  await lockContract(trx, tenantId, contractId);
  return (
    (await trx.row(SAME_OUTAGE, {
      tenantId,
      contractId,
      processId,
      device: textIn(subject, 'device'),
      siteId: textIn(subject, 'siteId'),
    })) ?? null
  );
};

const outsideIn = z.object({ outside: z.object({ system: z.string(), key: z.string() }) });

const sameSource: LookupLoader = async (trx, { tenantId, processId, data, payload }) => {
  const read = outsideIn.safeParse(payload);
  if (data !== null || !read.success) return null;
  const { system, key } = read.data.outside;
  // There is no row to hold before the first report of a case.
  await holdName(trx, `case ${tenantId} ${system} ${key}`);
  const row = await trx.row(
    `select id as "processId", data ->> 'number' as number from processes
      where tenant_id = :tenantId and slug = 'supportCase' and seq > 0 and id <> :processId
        and data -> 'source' ->> 'system' = :system and data -> 'source' ->> 'key' = :key
      order by created_at, id limit 1`,
    { tenantId, processId, system, key },
  );
  return row ?? null;
};

/** Pinned in the data from the start on; before that the payload says it. */
function textIn({ data, payload }: LookupSubject, field: string): string | null {
  const value = (data ?? payload)[field];
  return typeof value === 'string' ? value : null;
}

export const supportCaseLookups = {
  contract: contractOf,
  cover,
  matrix: matrixOf,
  device,
  duty,
  guideline,
  skills,
  providerHours,
  escalations,
  onboarding,
  sameOutage,
  sameSource,
};
