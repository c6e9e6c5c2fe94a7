/** Lists of things that have versions: calendars and policy sets. */
import { z } from 'zod';
import type { Session } from './shell.js';

export const versionRow = z.object({
  id: z.string(),
  title: z.string().nullish(),
  version: z.number().nullish(),
  status: z.string().nullish(),
  state: z.string().nullish(),
  approvedBy: z.string().nullish(),
  approvedAt: z.string().nullish(),
});

/** One line a version. */
export function versionTable(items: readonly z.infer<typeof versionRow>[], session: Session): string {
  return session.table(
    [
      { header: 'Id', whole: true },
      { header: 'Version', right: true },
      { header: 'State' },
      { header: 'Title' },
    ],
    items.map((row) => [
      session.bold(row.id),
      row.version === undefined || row.version === null ? '-' : String(row.version),
      row.status ?? row.state ?? (row.approvedAt ? 'approved' : '-'),
      row.title ?? '',
    ]),
  );
}
