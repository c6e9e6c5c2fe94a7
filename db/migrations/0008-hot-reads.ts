/** Indexes for the lists that are asked for most: the newest processes, and what one person owns. */
export const sql = `
create index processes_newest on processes (created_at desc, id desc) where seq > 0;
create index processes_by_owner on processes (owner_id) where seq > 0 and not closed;
`;
