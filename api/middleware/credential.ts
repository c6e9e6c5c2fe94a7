/** What somebody came in with. */
import type { Scope } from '../../db/provision/keys.js';

/** Only a key is limited in what it may be used for. */
export type Credential =
  | { readonly kind: 'key'; readonly id: string; readonly scopes: readonly Scope[] }
  | { readonly kind: 'token' }
  | { readonly kind: 'name' };
