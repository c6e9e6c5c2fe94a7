/** The schema as text, from the catalog: the same for two databases that are the same, whoever made them. */
import knex from 'knex';

interface Section {
  readonly title: string;
  /** Gives rows with one column `line`, in a stable order. */
  readonly sql: string;
}

const OURS = `n.nspname = 'public' and c.relname not in ('migrations', 'migrations_lock')`;

/** Not-null constraints are told with their columns: newer versions of Postgres list them once more. */
const SECTIONS: readonly Section[] = [
  {
    title: 'Columns',
    sql: `select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' not null' else '' end,
        case when a.attgenerated <> '' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ')'
          when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where ${OURS} and c.relkind = 'r' order by c.relname, a.attnum`,
  },
  {
    title: 'Constraints',
    sql: `select format('%s: %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as line
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     where ${OURS} and k.contype <> 'n' order by c.relname, k.conname`,
  },
  {
    title: 'Indexes',
    sql: `select pg_get_indexdef(i.indexrelid) as line
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class x on x.oid = i.indexrelid where ${OURS} order by c.relname, x.relname`,
  },
  {
    title: 'Row level security',
    sql: `select format('%s: enabled %s, forced %s', c.relname, c.relrowsecurity, c.relforcerowsecurity) as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${OURS} and c.relkind = 'r' order by c.relname`,
  },
  {
    title: 'Policies',
    sql: `select format('%s: %s %s for %s to %s%s%s', tablename, policyname, lower(permissive), lower(cmd),
        array_to_string(roles, ', '), ' using (' || qual || ')', ' with check (' || with_check || ')') as line
      from pg_policies where schemaname = 'public' order by tablename, policyname`,
  },
  {
    title: 'Rights on tables',
    sql: `select format('%s: %s to %s', table_name, string_agg(lower(privilege_type), ', ' order by privilege_type),
        grantee) as line
      from information_schema.role_table_grants
     where table_schema = 'public' and grantee like 'careplus\\_%' and grantee <> grantor
     group by table_name, grantee order by table_name, grantee`,
  },
  {
    title: 'Rights on single columns',
    sql: `select format('%s: %s (%s) to %s', g.table_name, lower(g.privilege_type),
        string_agg(g.column_name::text, ', ' order by g.column_name), g.grantee) as line
      from information_schema.role_column_grants g
     where g.table_schema = 'public' and g.grantee like 'careplus\\_%' and g.grantee <> g.grantor
       and not exists (select from information_schema.role_table_grants t
         where t.table_schema = g.table_schema and t.table_name = g.table_name and t.grantee = g.grantee
           and t.privilege_type = g.privilege_type)
     group by g.table_name, g.grantee, g.privilege_type order by g.table_name, g.grantee, g.privilege_type`,
  },
  {
    title: 'Functions',
    sql: `select pg_get_functiondef(p.oid) as line
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' order by p.proname`,
  },
  {
    title: 'Triggers',
    sql: `select pg_get_triggerdef(t.oid) as line
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
     where ${OURS} and not t.tgisinternal order by c.relname, t.tgname`,
  },
];

/** Reads the whole schema of a database. */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const pool = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 1 } });
  try {
    const parts: string[] = [];
    for (const { title, sql } of SECTIONS) {
      const { rows } = await pool.raw<{ rows: readonly { line: string }[] }>(sql);
      parts.push(`-- ${title}\n${rows.map((row) => row.line.trimEnd()).join('\n')}\n`);
    }
    return `-- Generated from the migrations; test/db/schema.test.ts compares and writes it.\n\n${parts.join('\n')}`;
  } finally {
    await pool.destroy();
  }
}
