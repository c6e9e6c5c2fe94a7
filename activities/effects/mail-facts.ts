/** What a message needs to know beyond the notice itself; read when it is sent, so that it is never stale. */
export interface PersonFacts {
  readonly name: string;
  /** Null: nobody can write to this person. */
  readonly email: string | null;
  readonly phone: string | null;
  readonly zone: string;
  readonly language: string;
}

export interface MailContext {
  /** The name of the End User's organisation. */
  readonly customer: string;
  /** One line that tells the process from its siblings. */
  readonly headline: string;
  /** Who reads the answers; also among the people. */
  readonly ownerId: string;
  readonly people: Readonly<Record<string, PersonFacts>>;
}

/** A link in a message that fires one command for one person, once. */
export interface OneTimeLink {
  readonly tenantId: string;
  /** SHA-256 of the token; the token itself stands in the message only. */
  readonly tokenHash: string;
  readonly processId: string;
  readonly command: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly personId: string;
  readonly effectId: string;
  readonly expiresAt: number;
}

export interface MailFacts {
  read(tenantId: string, processId: string, personIds: readonly string[]): Promise<MailContext | null>;
  /** Keeps a link; one that is already kept stays as it is. */
  keepLink(link: OneTimeLink): Promise<void>;
}
