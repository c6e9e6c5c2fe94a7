/** What takes long runs small with all the other tests, and in full with `npm run test:chaos` or `npm run test:fuzz`. */
const FULL = process.env['CHAOS'] === 'full';

/** The one of two sizes that this run has. */
export function size<T>(sizes: { readonly small: T; readonly full: T }): T {
  return FULL ? sizes.full : sizes.small;
}
