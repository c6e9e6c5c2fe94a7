/**
 * Messages: reminders that may go out together, and the two ways by which a message that came back is found.
 * `sent_with`: the key of the one message that carries the effect together with others.
 */
export const sql = `
alter table effects add column digest boolean not null default false;
alter table effects add column sent_with text;
create index effects_to_go_together on effects (tenant_id, recipient_id, not_before) where digest and state = 'planned';
create index effects_sent_with on effects (sent_with) where sent_with is not null;
create index effects_by_message_id on effects ((evidence ->> 'messageId')) where evidence ->> 'messageId' is not null;
`;
