/** Contracts: check a file, import it, read what is known. */
import { z } from 'zod';
import { listContracts, readContract, type ContractListed } from '../../db/read/contract.js';
import { adoptionFileSchema } from '../../domain/contract/adoption.js';
import { contractFileSchema } from '../../domain/contract/contract-file.js';
import { contractRules } from '../../domain/contract/rules.js';
import { nextLink } from '../http/cursor.js';
import { notFound, problem } from '../http/problems.js';
import { ok } from '../http/reply.js';
import { person, route, staff } from '../http/route.js';
import { idText, pageQuery, personOf, personOut, placeOut } from '../http/schemas.js';
import { acceptedOut, outcomeOut } from '../processes/answers.js';
import { inputSchema } from '../processes/definition-views.js';
import { statusWords } from '../processes/views.js';
import { adoptCustomer } from './adopt.js';
import { adoptionOut } from './adoption-report.js';
import { checkContract } from './check.js';
import { differenceOut } from './diff.js';
import { importContract } from './import.js';

const importers = staff('serviceManager', 'smManager');
const fileBody = inputSchema(contractFileSchema);

const check = route({
  method: 'post',
  path: '/v1/contracts/check',
  tag: 'Contracts',
  summary: 'Check a contract file without storing anything',
  description: 'The body is the file as JSON. The answer is 200 whatever is found.',
  access: importers,
  scope: 'read',
  body: z.unknown().meta(fileBody),
  answers: {
    200: {
      description: 'Every problem with its place, and what the file would change',
      schema: z.object({
        problems: z.array(placeOut),
        known: z.boolean(),
        processId: z.string().nullable(),
        diff: z.array(differenceOut),
        summary: z.string(),
      }),
    },
  },
  handle: async ({ caller, body }, deps) => {
    const checked = await checkContract(deps, caller, body);
    if (!checked.ok) {
      const { problems } = checked;
      const summary = `The file has ${counted(problems.length, 'problem')}; nothing would be stored.`;
      return ok({ problems, known: false, processId: null, diff: [], summary });
    }
    const { file, known } = checked;
    const diff = known?.differences ?? [];
    const summary = known
      ? diff.length === 0
        ? `Contract ${file.number} is known and says the same already.`
        : `Contract ${file.number} is known; ${counted(diff.length, 'field')} would change.`
      : `New contract ${file.number} of ${file.endUser.name}: ${counted(file.sites.length, 'site')}, ${counted(file.contacts.length, 'contact')}.`;
    return ok({ problems: [], known: known !== null, processId: known?.processId ?? null, diff, summary });
  },
});

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

const importRoute = route({
  method: 'post',
  path: '/v1/contracts',
  tag: 'Contracts',
  summary: 'Import a contract, or amend a known one',
  description:
    'A known contract is amended only with `approveDiff: true`; without it the answer is 409 with the differences.',
  access: importers,
  scope: 'command',
  body: z.strictObject({
    file: z.unknown().meta(fileBody),
    approveDiff: z.boolean().default(false),
  }),
  key: true,
  refusals: true,
  problems: ['CONTRACT_KNOWN', 'IDEMPOTENCY_KEY_REUSED', 'PROCESS_BUSY'],
  answers: {
    200: {
      description: 'Amended, or nothing was to be done',
      schema: z.union([
        outcomeOut.extend({ diff: z.array(differenceOut) }),
        z.object({ processId: z.string(), outcome: z.literal('unchanged'), diff: z.array(differenceOut) }),
      ]),
    },
    201: {
      description: 'Imported',
      schema: outcomeOut,
      headers: { location: 'The process of the contract' },
    },
    202: { description: 'Accepted; not answered within 5 seconds', schema: acceptedOut },
  },
  handle: ({ caller, body, idempotencyKey }, deps) =>
    importContract(deps, caller, { ...body, idempotencyKey }),
});

const listedOut = z
  .object({
    contractId: z.string(),
    number: z.string(),
    endUser: z.object({ id: z.string(), name: z.string() }),
    processId: z.string(),
    status: z.string(),
    statusLabel: z.string(),
    startsOn: z.iso.date(),
    endsOn: z.iso.date(),
    tier: z.string(),
    manager: personOut.nullable(),
    backup: personOut.nullable(),
    smManager: personOut,
    accountManager: personOut,
    calendar: z.string(),
    policy: z.object({ id: z.string(), version: z.int() }),
    portalRegisteredOn: z.iso.date().nullable(),
    seq: z.int(),
  })
  .meta({ id: 'ContractListed' });

function listedView(row: ContractListed, names: Readonly<Record<string, string>>) {
  const who = (id: string | null) => (id === null ? null : personOf(id, names));
  return {
    contractId: row.contractId,
    number: row.number,
    endUser: { id: row.tenantId, name: row.endUser },
    processId: row.processId,
    status: row.status,
    statusLabel: statusWords(contractRules.words, row.status).statusLabel,
    startsOn: row.startsOn,
    endsOn: row.endsOn,
    tier: row.tier,
    manager: who(row.managerId),
    backup: who(row.backupId),
    smManager: personOf(row.smManagerId, names),
    accountManager: personOf(row.accountManagerId, names),
    calendar: row.calendarId,
    policy: { id: row.policyId, version: row.policyVersion },
    portalRegisteredOn: row.portalRegisteredOn,
    seq: row.seq,
  };
}

const list = route({
  method: 'get',
  path: '/v1/contracts',
  tag: 'Contracts',
  summary: 'Contracts that you may see, by id',
  access: person,
  query: z.strictObject(pageQuery),
  answers: {
    200: {
      description: 'One page',
      schema: z.object({ items: z.array(listedOut), next: z.string().nullable() }),
      headers: { link: 'The next page (RFC 8288)' },
    },
  },
  handle: async ({ caller, query }, deps) => {
    const { cursor, limit } = query;
    const after = cursor === undefined ? null : idText.safeParse(cursor).data;
    if (after === undefined) {
      return problem('QUERY_INVALID', {
        problems: [{ path: 'cursor', problem: 'is not one that this list gave' }],
      });
    }
    const { rows, names } = await listContracts(deps.database, caller.id, { after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? (page.at(-1)?.contractId ?? null) : null;
    const items = page.map((row) => listedView(row, names));
    return ok({ items, next }, next === null ? {} : { link: nextLink('/v1/contracts', query, next) });
  },
});

const contactOut = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  zone: z.string(),
  language: z.string(),
  deputyId: z.string().nullable(),
  primaryContact: z.boolean(),
  authorisedCaller: z.boolean(),
  approver: z.boolean(),
  active: z.boolean(),
});
const siteOut = z.object({
  id: z.string(),
  name: z.string(),
  zone: z.string(),
  country: z.string(),
  calendarId: z.string().nullable(),
});

const one = route({
  method: 'get',
  path: '/v1/contracts/{contractId}',
  tag: 'Contracts',
  summary: 'One contract with its sites, contacts and processes',
  description: 'Commands of the contract go through its process.',
  access: person,
  params: z.object({ contractId: idText }),
  problems: ['NOT_FOUND'],
  answers: {
    200: {
      description: 'The contract',
      schema: listedOut.extend({
        sites: z.array(siteOut),
        contacts: z.array(contactOut),
        processes: z.array(
          z.object({ id: z.string(), slug: z.string(), status: z.string(), closed: z.boolean() }),
        ),
      }),
      headers: { etag: 'Sequence number of its process, for If-Match' },
    },
  },
  handle: async ({ caller, params }, deps) => {
    const row = await readContract(deps.database, caller.id, params.contractId);
    if (!row) return notFound();
    const { sites, contacts, processes, names } = row;
    return ok({ ...listedView(row, names), sites, contacts, processes }, { etag: `"${String(row.seq)}"` });
  },
});

const adoption = route({
  method: 'post',
  path: '/v1/adoptions',
  tag: 'Contracts',
  summary: 'Adopt a customer from before Care Plus',
  description:
    'A contract file with the section `adopted`: what was done before, and on what evidence. All of it is taken over or nothing; sent again, it changes nothing. Nobody is told, and no promise is broken by it.',
  access: importers,
  scope: 'command',
  body: z.strictObject({
    file: z.unknown().meta(inputSchema(adoptionFileSchema)),
    dryRun: z.boolean().default(false).describe('Say what would be taken over, open and due; store nothing'),
  }),
  key: true,
  refusals: true,
  problems: ['CONTRACT_KNOWN', 'IDEMPOTENCY_KEY_REUSED', 'PROCESS_BUSY'],
  answers: {
    200: {
      description: 'Nothing was stored: a dry run, or adopted with this file before',
      schema: z.union([
        adoptionOut.extend({ outcome: z.literal('rehearsed') }),
        z.object({ processId: z.string(), outcome: z.literal('unchanged') }),
      ]),
    },
    201: {
      description: 'Taken over',
      schema: outcomeOut.extend(adoptionOut.shape),
      headers: { location: 'The process of the contract' },
    },
    202: {
      description: 'Accepted; not answered within 5 seconds',
      schema: acceptedOut.extend(adoptionOut.shape),
    },
  },
  handle: ({ caller, body, idempotencyKey }, deps) =>
    adoptCustomer(deps, caller, { ...body, idempotencyKey }),
});

export const contractRoutes = [check, importRoute, adoption, list, one];
