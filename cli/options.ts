/** Values of options and arguments. */
import { badInput } from './failure.js';

/** A count or a version. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw badInput(`"${text}" is not a whole number.`);
}
