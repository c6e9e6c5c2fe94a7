/** What a message needs from the database: people, the customer's name, and the place of its one-time link. */
import type { Database } from '../connection.js';

interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly zone: string;
  readonly language: string;
}

interface ContextRow {
  readonly customer: string;
  readonly headline: string;
  readonly ownerId: string;
}

interface LinkRow {
  readonly tenantId: string;
  readonly tokenHash: string;
  readonly processId: string;
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly personId: string;
  readonly effectId: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const CONTEXT = `
  select t.name as customer, p.headline, p.owner_id as "ownerId" from processes p join tenants t on t.id = p.tenant_id
   where p.tenant_id = :tenantId and p.id = :processId`;

/** The Provider's own people are readable to every step. */
const PEOPLE = `
  select id, name, email, phone, zone, language from people
   where tenant_id in (:tenantId, 'provider') and id = any(:personIds::text[])`;

/** A second attempt bears the same token: the link of the first one stays. */
const KEEP_LINK = `
  insert into one_time_links (tenant_id, token_hash, process_id, command, payload, person_id, effect_id, expires_at)
  values (:tenantId, :tokenHash, :processId, :command, :payload::jsonb, :personId, :effectId, :expiresAt)
  on conflict do nothing`;

/** Reads people as they are at the moment of sending. */
export function mailFacts(database: Database) {
  return {
    async read(tenantId: string, processId: string, personIds: readonly string[]) {
      return database.as('step', { tenant: tenantId }, async (trx) => {
        const context = await trx.row<ContextRow>(CONTEXT, { tenantId, processId });
        if (!context) return null;
        const people = await trx.rows<PersonRow>(PEOPLE, {
          tenantId,
          personIds: [...personIds, context.ownerId],
        });
        return { ...context, people: Object.fromEntries(people.map((person) => [person.id, person])) };
      });
    },
    async keepLink(link: LinkRow): Promise<void> {
      const { tenantId, payload, expiresAt, ...rest } = link;
      await database.as('step', { tenant: tenantId }, async (trx) =>
        trx.run(KEEP_LINK, {
          tenantId,
          payload: JSON.stringify(payload),
          expiresAt: new Date(expiresAt),
          ...rest,
        }),
      );
    },
  };
}
