/**
 * By which channel a page came whose link was used; null: it was acknowledged otherwise, or before this was kept. The
 * checker sees of tries what became of them, not where they went.
 */
export const sql = `
alter table page_acknowledgements add column channel text check (channel in ('sms', 'voice', 'chat', 'mail'));
create index page_tries_by_message_id on page_tries (message_id) where message_id is not null;
create policy checker_sees on page_tries for select to careplus_relay using (true);
grant select (tenant_id, effect_id, channel, outcome) on page_tries to careplus_relay;
`;
