/** An index for whoever may see few of many End Users: the newest processes of each. */
export const sql = `
create index processes_newest_of_tenant on processes (tenant_id, created_at desc, id desc) where seq > 0;
`;
