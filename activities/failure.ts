/** What may be said of an error in a history: its class and code, never its text, which may quote data. */
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityLog } from './log.js';

/** The name and the code of anything thrown; free of contents. */
export function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const name = 'name' in error && typeof error.name === 'string' ? error.name : 'Error';
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${name}${code}`;
}

/** Wraps an activity: its errors go to the log in full and to Temporal by name only. */
export function withoutContents<A extends readonly unknown[], R>(
  activity: string,
  log: ActivityLog,
  work: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      if (error instanceof ApplicationFailure) throw withoutStack(error);
      log.warn({ err: error, activity }, 'activity failed');
      const name = nameOf(error);
      throw withoutStack(ApplicationFailure.create({ message: `${activity}: ${name}`, type: name }));
    }
  };
}

/** The stack repeats the text and names the folders of this machine; the log has it. */
function withoutStack(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = `${failure.name}: ${failure.message}`;
  return failure;
}

/** A text of the outside without the addresses in it, short enough for a row. */
export function withoutAddresses(text: string): string {
  return text.replace(/<?[^\s<>"']+@[^\s<>"']+>?/g, '(address)').slice(0, 500);
}
