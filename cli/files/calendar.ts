/** A calendar file as a calendar version, built here without any server. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CalendarVersion } from '../../domain/time/calendar.js';
import type { Session } from '../shell.js';
import { checkSource, placed } from './check.js';
import { openSource, type Located, type SourceFile } from './source-file.js';

export type LocalCalendar =
  | {
      readonly ok: true;
      readonly source: SourceFile;
      readonly calendar: CalendarVersion;
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly source: SourceFile; readonly problems: readonly Located[] };

/** Whether `--calendar` names a file rather than a calendar of the installation. */
export function isFile(session: Session, name: string): boolean {
  return existsSync(resolve(session.io.cwd, name));
}

/** Whether a name can be that of a calendar of the installation; anything else is a mistyped path. */
export function isCalendarId(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
}

/** Reads, checks and builds; the holiday data is loaded only here, since it is large. */
export async function buildCalendar(session: Session, name: string): Promise<LocalCalendar> {
  const source = openSource(session.io.cwd, name);
  const { calendarFileSchema } = await import('../../domain/time/calendar.js');
  const read = checkSource(source, calendarFileSchema);
  if (!read.ok) return { ok: false, source, problems: read.problems };
  const { buildCalendarVersion } = await import('../../domain/time/import.js');
  const built = buildCalendarVersion(read.value, 1);
  return built.ok
    ? { ok: true, source, calendar: built.value, notes: built.notes }
    : { ok: false, source, problems: placed(source, built.problems) };
}
