/** Which open case a second call about the same outage belongs to; the step and the desk ask the same. */

/** An open P1 or P2 about the same device, or about the whole of the same site. */
export const SAME_OUTAGE = `
  select id as "processId", data ->> 'number' as number from processes
   where tenant_id = :tenantId and contract_id = :contractId and slug = 'supportCase' and seq > 0 and not closed
     and id <> :processId and data ->> 'priority' in ('P1', 'P2')
     and (lower(data ->> 'device') = lower(:device::text)
       or :device::text is null and data ->> 'device' is null and data ->> 'siteId' = :siteId::text)
   order by created_at, id limit 1`;
