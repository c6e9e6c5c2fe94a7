/** Ids made by the program: prefixed and ordered by time, so that indexes grow at one end. */
import { v7 } from 'uuid';

/** Such as `inb_0190…`. */
export function newId(prefix: string): string {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}
