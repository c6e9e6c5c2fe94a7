/** `careplus access`: who may do what, given by whom, last seen when; and what the issuer of tokens calls people. */
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { allPages, typed } from '../api-client.js';
import { badInput } from '../failure.js';
import { counted, harmless } from '../output/text.js';
import { remoteAccessCommands } from './remote-access.js';
import { group, leaf, type Session, type Shell } from '../shell.js';

interface ReviewOptions {
  readonly tenant?: string;
  readonly csv?: boolean;
}

interface IdentityOptions {
  readonly issuer?: string;
  readonly subject?: string;
  readonly none?: boolean;
}

const maybe = z.string().nullish();
const holding = z.object({
  kind: z.string(),
  role: z.string(),
  tenantId: z.string(),
  everyCustomer: z.boolean().default(false),
  contracts: z.array(z.string()).default([]),
  givenBy: maybe,
  givenAt: maybe,
});
const key = z.object({
  id: z.string(),
  label: z.string(),
  scopes: z.array(z.string()).default([]),
  createdAt: maybe,
  createdBy: maybe,
  expiresAt: maybe,
  lastUsedAt: maybe,
});
const person = z.object({
  id: z.string(),
  name: z.string(),
  tenantId: z.string(),
  active: z.boolean(),
  lastSeenAt: maybe,
  lastSeenWith: maybe,
  identities: z.array(z.object({ issuer: z.string(), subject: z.string() })).default([]),
  holdings: z.array(holding).default([]),
  keys: z.array(key).default([]),
});
const review = z.object({ items: z.array(person) });
type Reviewed = z.infer<typeof person>;
type Holding = z.infer<typeof holding>;

export function accessCommands(program: Command, shell: Shell): void {
  const access = group(program, 'access', 'who may do what; remote access to devices, and its sessions');
  leaf(access, 'review', 'everybody with roles, keys and last request; the look is remembered', [
    'access review --as jo-brook',
    'access review --csv > review.csv',
  ])
    .option('--tenant <organisation>', 'only people who may see this organisation')
    .option('--csv', 'one line for each role and key, for a spreadsheet')
    .action(shell.action((session, options: ReviewOptions) => showReview(session, options)));
  remoteAccessCommands(access, shell);
  leaf(access, 'identify <person>', 'say what the issuer of access tokens calls a person', [
    'access identify sam-rivers --issuer https://login.example.net --subject 00u1sam',
  ])
    .option('--issuer <address>', 'exactly as its tokens say it in iss')
    .option('--subject <text>', 'what its tokens call the person')
    .option('--none', 'nobody is let in as this person by a token any more')
    .action(shell.action((session, id: string, options: IdentityOptions) => identify(session, id, options)));
}

async function showReview(session: Session, { tenant, csv }: ReviewOptions): Promise<void> {
  const body = await allPages(session.api, '/v1/access/review', { tenant });
  const { items } = typed(review, body);
  if (csv && !session.json) {
    session.io.out(csvOf(items));
    return;
  }
  session.answer(body, () => [tableOf(session, items), ...remarks(session, items)].join('\n'));
}

function tableOf(session: Session, items: readonly Reviewed[]): string {
  const given = (by: string | null | undefined, at: string | null | undefined) =>
    `${by ?? '-'}${at ? `\n${session.time(at)}` : ''}`;
  const rows = items.flatMap((one) => {
    const lines = [
      ...one.holdings.map((held) => [
        held.role,
        `${placeOf(held)}${held.contracts.map((id) => `\n${id}`).join('')}`,
        given(held.givenBy, held.givenAt),
      ]),
      ...one.keys.map((each) => [
        `key: ${each.scopes.join(', ')}`,
        `${each.label}\n${each.expiresAt ? `ends ${session.time(each.expiresAt)}` : 'never ends'}\n${
          each.lastUsedAt ? `used ${session.time(each.lastUsedAt)}` : 'never used'
        }`,
        given(each.createdBy, each.createdAt),
      ]),
    ];
    const seen = one.lastSeenAt ? `${session.time(one.lastSeenAt)}\nby ${one.lastSeenWith ?? '?'}` : 'never';
    const shown = lines.length > 0 ? lines : [['nothing', '', '']];
    return shown.map((line, index) => [
      index === 0 ? `${one.id}${one.active ? '' : '\n(inactive)'}` : '',
      ...line,
      index === 0 ? seen : '',
    ]);
  });
  const headers = ['Person', 'Holds', 'Where', 'Given by', 'Last seen'];
  return session.table(
    headers.map((header) => ({ header })),
    rows,
  );
}

function placeOf({ everyCustomer, tenantId }: Holding): string {
  return everyCustomer ? 'every customer' : tenantId;
}

/** What a reviewer looks for first. */
function remarks(session: Session, items: readonly Reviewed[]): readonly string[] {
  const names = (who: readonly Reviewed[]) => who.map(({ id }) => id).join(', ');
  const never = items.filter((one) => one.active && !one.lastSeenAt);
  const keys = items.flatMap((one) => one.keys);
  const endless = keys.filter((each) => !each.expiresAt);
  return [
    `\n${counted(items.length, 'person', 'people')}, ${counted(keys.length, 'key')}.`,
    ...(never.length > 0 ? [session.prose(`Never seen: ${names(never)}.`)] : []),
    ...(endless.length > 0
      ? [session.prose(`Keys that never end: ${endless.map(({ id }) => id).join(', ')}.`)]
      : []),
  ];
}

const COLUMNS = [
  'person',
  'name',
  'organisation',
  'active',
  'lastSeenAt',
  'lastSeenWith',
  'kind',
  'holds',
  'where',
  'contracts',
  'givenBy',
  'givenAt',
  'key',
  'label',
  'expiresAt',
  'lastUsedAt',
] as const;
type Line = Partial<Record<(typeof COLUMNS)[number], string>>;

function csvOf(items: readonly Reviewed[]): string {
  const lines = items.flatMap((one): readonly Line[] => {
    const who: Line = {
      person: one.id,
      name: one.name,
      organisation: one.tenantId,
      active: one.active ? 'yes' : 'no',
      lastSeenAt: one.lastSeenAt ?? '',
      lastSeenWith: one.lastSeenWith ?? '',
    };
    const held = [...one.holdings.map(holdingLine), ...one.keys.map((each) => keyLine(each))];
    return held.length > 0 ? held.map((line) => ({ ...who, ...line })) : [who];
  });
  const rows = lines.map((line) => COLUMNS.map((column) => harmless(line[column] ?? '')));
  // A spreadsheet must not run what somebody wrote into his name.
  return stringify([[...COLUMNS], ...rows], { escape_formulas: true });
}

function holdingLine(held: Holding): Line {
  const { kind, role, contracts, givenBy, givenAt } = held;
  return {
    kind,
    holds: role,
    where: placeOf(held),
    contracts: contracts.join(' '),
    givenBy: givenBy ?? '',
    givenAt: givenAt ?? '',
  };
}

function keyLine(each: z.infer<typeof key>): Line {
  return {
    kind: 'key',
    holds: each.scopes.join(' '),
    givenBy: each.createdBy ?? '',
    givenAt: each.createdAt ?? '',
    key: each.id,
    label: each.label,
    expiresAt: each.expiresAt ?? '',
    lastUsedAt: each.lastUsedAt ?? '',
  };
}

async function identify(session: Session, id: string, options: IdentityOptions): Promise<void> {
  const { body } = await session.api.send(`/v1/people/${encodeURIComponent(id)}/identities`, {
    method: 'PUT',
    body: { identities: identitiesOf(options) },
  });
  session.answer(body, () =>
    options.none
      ? `${session.paint.green('Saved')}: no token lets anybody in as ${id}.`
      : `${session.paint.green('Saved')}: tokens of ${options.subject ?? ''} are ${id}.`,
  );
}

function identitiesOf({ issuer, subject, none }: IdentityOptions) {
  if (none && issuer === undefined && subject === undefined) return [];
  if (!none && issuer !== undefined && subject !== undefined) return [{ issuer, subject }];
  throw badInput('It is not clear what is to be saved.', 'Give --issuer and --subject, or --none.');
}
