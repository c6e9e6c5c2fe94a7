/** Lists of things that have versions: calendars and policy sets. */
import { z } from 'zod';
import type { Session } from './shell.js';

export const versionRow = z.object({
  id: z.string(),
  title: z.string().nullish(),
  version: z.number().nullish(),
  state: z.string().nullish(),
  inForce: z.boolean().nullish(),
  author: z.string().nullish(),
  approver: z.string().nullish(),
});

/** The answer to a file that was sent: a new draft, or the version that says the same already. */
export const drafted = z.object({
  version: z.number(),
  state: z.string().nullish(),
  notes: z.array(z.string()).default([]),
});

/** What is to be done about a draft. */
export function draftedText(
  kind: 'calendar' | 'policy' | 'rota',
  id: string,
  draft: z.infer<typeof drafted>,
): string {
  const version = String(draft.version);
  if (draft.state === 'approved') return `Version ${version}, which is approved, says the same already.`;
  return [
    `Stored as draft version ${version}. Another policy administrator approves it:`,
    `  careplus ${kind} approve ${id} ${version} --as <person>`,
  ].join('\n');
}

/** One line a version. */
export function versionTable(items: readonly z.infer<typeof versionRow>[], session: Session): string {
  return session.table(
    [
      { header: 'Id', whole: true },
      { header: 'Version', right: true },
      { header: 'State' },
      { header: 'Author' },
      { header: 'Approved by' },
      { header: 'Title' },
    ],
    items.map((row) => [
      session.bold(row.id),
      row.version === undefined || row.version === null ? '-' : String(row.version),
      row.inForce ? 'in force' : (row.state ?? '-'),
      row.author ?? '-',
      row.approver ?? '-',
      row.title ?? '',
    ]),
  );
}
