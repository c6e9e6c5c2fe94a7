/** A route with its documentation: what it takes, who may call it, what it answers. One cannot exist without the other. */
import type { z } from 'zod';
import type { Dependencies } from '../dependencies.js';
import type { Scope } from '../../db/provision/keys.js';
import type { Person } from '../../db/read/person.js';
import type { ProblemCode } from './problems.js';
import type { Reply } from './reply.js';

export type Method = 'get' | 'post' | 'put' | 'delete';

/**
 * Who may call: anybody; a person; a person of the Provider with one of the staff functions. `bootstrap` is the last
 * one, but for an installation that has no staff yet. Nothing is open unless it says so.
 */
export type Access =
  | { readonly to: 'anybody' }
  | { readonly to: 'person' }
  | { readonly to: 'staff'; readonly grants: readonly string[] }
  | { readonly to: 'bootstrap'; readonly grants: readonly string[] };

export const anybody = { to: 'anybody' } as const satisfies Access;
export const person = { to: 'person' } as const satisfies Access;
export function staff<const G extends readonly string[]>(...grants: G) {
  return { to: 'staff', grants } as const satisfies Access;
}

type CallerOf<A extends Access> = A['to'] extends 'anybody'
  ? null
  : A['to'] extends 'bootstrap'
    ? Person | null
    : Person;

/** The media type of what an HTML form sends. */
export const FORM = 'application/x-www-form-urlencoded';

/** What an API key must be for. A route that does not say it: `read` for a look, else the most that there is. */
export function scopeOf(route: Pick<Route, 'method' | 'scope'>): Scope {
  return route.scope ?? (route.method === 'get' ? 'read' : 'administer');
}

/** What a handler sees of a request. */
export interface Call<P, Q, B, A extends Access> {
  readonly caller: CallerOf<A>;
  /** What the caller's key is for; null when he came in with something that is not limited. */
  readonly keyScopes: readonly Scope[] | null;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly idempotencyKey: string | null;
  /** Sequence number of If-Match. */
  readonly expectedSeq: number | null;
  readonly requestId: string;
  /** A request header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The network address of the caller; behind a trusted proxy what the proxy says. */
  readonly ip: string;
  /** The bytes of the body as they come, for a route that is `streamed`. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Whether the request came over the loopback interface. */
  readonly loopback: boolean;
}

interface Answers {
  readonly [status: number]: {
    readonly description: string;
    readonly schema?: z.ZodType;
    readonly type?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** One concrete form of a route whose body depends on its address, for the documentation. */
interface Variant {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** JSON Schema of the body; null when it takes none. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly example?: unknown;
}

/** The same for many lines at once: a text/csv body beside the JSON one, answered as text/csv. */
interface Table<C> {
  readonly description: string;
  readonly example: string;
  /** What the answer holds. */
  readonly answer: string;
  readonly handle: (call: C, deps: Dependencies) => Promise<Reply>;
}

interface RouteDoc {
  readonly method: Method;
  /** Such as `/v1/processes/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Answers;
  /** Problems beside those that every route may answer with. */
  readonly problems?: readonly ProblemCode[];
  /** The body comes from a page of ours: what an HTML form sends. No field of it can be relied on. */
  readonly form?: true;
  /** Statuses of the processes' own refusals. */
  readonly refusals?: true;
  readonly variants?: readonly Variant[];
  /** Its answer is stored under the Idempotency-Key. Other routes give the same when they are repeated. */
  readonly key?: true;
  readonly ifMatch?: true;
  readonly example?: unknown;
  /** What an API key must be for; see scopeOf. */
  readonly scope?: Scope;
  /** It hands out data of the audit, and leaves an access with this code in the chain of whom they are about. */
  readonly remembered?: string;
}

interface Spec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends Access,
> extends RouteDoc {
  readonly access: A;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The body as it came, with the media type it must have. */
  readonly rawBody?: string;
  /** The body is not read before the handler does, with the media type that it may have. */
  readonly streamed?: string;
  readonly csv?: Table<Call<z.infer<P>, z.infer<Q>, string, A>>;
  readonly handle: (
    call: Call<z.infer<P>, z.infer<Q>, z.infer<B>, A>,
    deps: Dependencies,
  ) => Promise<Reply> | Reply;
}

type Empty = z.ZodObject<Record<never, never>>;

/** A route as the application mounts it. */
export interface Route extends RouteDoc {
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly rawBody?: string;
  readonly streamed?: string;
  readonly csv?: Table<Call<never, never, never, Access>>;
  readonly handle: (call: Call<never, never, never, Access>, deps: Dependencies) => Promise<Reply> | Reply;
}

/** Joins a handler to its documentation; the types of the call follow from the schemas. */
export function route<
  A extends Access,
  P extends z.ZodObject = Empty,
  Q extends z.ZodObject = Empty,
  B extends z.ZodType = z.ZodUndefined,
>(spec: Spec<P, Q, B, A>): Route {
  // The application parses with the very schemas that the types come from, so the call fits the handler.
  return spec;
}
