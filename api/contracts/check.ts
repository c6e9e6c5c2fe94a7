/** Holds a contract file against what is stored: ids that must be known, ids that must be free, what it would change. */
import { readContractsById, readImportFacts, type ImportFacts } from '../../db/read/contract.js';
import { contractStartSchema } from '../../domain/contract/adoption.js';
import { contractFileSchema, type ContractFile } from '../../domain/contract/contract-file.js';
import type { Person } from '../../db/read/person.js';
import type { Dependencies } from '../dependencies.js';
import { uncleanPlaces } from '../http/clean-json.js';
import { places } from '../http/places.js';
import type { Place } from '../http/problems.js';
import { differences, type Difference } from './diff.js';

export type CheckedContract =
  | { readonly ok: false; readonly problems: readonly Place[] }
  | {
      readonly ok: true;
      readonly file: ContractFile;
      readonly policyVersion: number;
      /** The process of a contract that is known; null for a new one. */
      readonly known: {
        readonly processId: string;
        readonly differences: readonly Difference[];
        /** What was taken over from before Care Plus with this very file. */
        readonly adopted: unknown;
      } | null;
    };

/** Every problem at once; stores nothing. */
export async function checkContract(
  deps: Dependencies,
  caller: Pick<Person, 'id'>,
  input: unknown,
): Promise<CheckedContract> {
  const read = contractFileSchema.safeParse(input);
  if (!read.success) return { ok: false, problems: places(read.error) };
  const file = read.data;
  const unclean = uncleanPlaces(file);
  if (unclean.length > 0) return { ok: false, problems: unclean };
  const facts = await readImportFacts(deps.database, asked(file));
  const visible = facts.known && (await readContractsById(deps.database, caller.id, file.id));
  const own = facts.known?.tenantId === file.endUser.id && visible !== null;
  const problems = [
    ...idProblems(file, facts, own),
    ...knownProblems(file, facts),
    ...staffProblems(file, facts),
    ...(facts.known && own ? servingProblems(file, facts.known) : []),
  ];
  if (problems.length > 0 || facts.policyVersion === null) return { ok: false, problems };
  const { policyVersion, known } = facts;
  if (!known) return { ok: true, file, policyVersion, known: null };
  const { adopted, ...stored } = known.file;
  const changed = differences(stored, file);
  return {
    ok: true,
    file,
    policyVersion,
    known: { processId: known.processId, differences: changed, adopted },
  };
}

function asked(file: ContractFile) {
  const { smManager, accountManager, serviceManager, backup } = file.provider;
  return {
    contractId: file.id,
    tenantId: file.endUser.id,
    number: file.number,
    policyId: file.policy,
    calendarIds: [file.calendar, ...file.sites.flatMap((site) => site.calendar ?? [])],
    staffIds: [smManager, accountManager, serviceManager, backup].filter((id) => id !== undefined),
    contactIds: file.contacts.map((contact) => contact.id),
    siteIds: file.sites.map((site) => site.id),
  };
}

/** A contract that the caller may not see looks like any other id that is taken. */
function idProblems(file: ContractFile, facts: ImportFacts, own: boolean): readonly Place[] {
  const problems: Place[] = [];
  const taken = (path: string, id: string, by: string) =>
    problems.push({ path, problem: `the id ${id} is taken by ${by}` });
  if (file.endUser.id === 'provider') taken('endUser.id', 'provider', 'the Provider itself');
  if (facts.known && !own) taken('id', file.id, 'another contract');
  if (facts.numberTaken) {
    problems.push({
      path: 'number',
      problem: `another contract of ${file.endUser.id} has the number ${file.number}`,
    });
  }
  for (const [index, { id }] of file.contacts.entries()) {
    if (facts.takenContacts.includes(id)) taken(`contacts.${String(index)}.id`, id, 'somebody else');
  }
  for (const [index, { id }] of file.sites.entries()) {
    if (facts.takenSites.includes(id)) taken(`sites.${String(index)}.id`, id, 'a site of another contract');
  }
  return problems;
}

function knownProblems(file: ContractFile, facts: ImportFacts): readonly Place[] {
  const problems: Place[] = [];
  const calendar = (path: string, id: string) => {
    if (facts.calendars.includes(id)) return;
    problems.push({ path, problem: `no calendar named ${id} is in force; import and approve it first` });
  };
  calendar('calendar', file.calendar);
  for (const [index, site] of file.sites.entries()) {
    if (site.calendar !== undefined) calendar(`sites.${String(index)}.calendar`, site.calendar);
    if (!isCountry(site.country)) {
      problems.push({ path: `sites.${String(index)}.country`, problem: `${site.country} is not a country` });
    }
  }
  if (facts.policyVersion === null) {
    problems.push({
      path: 'policy',
      problem: `no policy set named ${file.policy} is in force; import and approve it first`,
    });
  }
  const own = facts.providerCalendar;
  if (own === null || !facts.calendars.includes(own)) {
    const what =
      own === null ? 'the Provider has no calendar' : `the Provider's calendar ${own} is not in force`;
    problems.push({
      path: '(installation)',
      problem: `${what}; set it up with PUT /v1/staff and /v1/calendars`,
    });
  }
  return problems;
}

function staffProblems(file: ContractFile, facts: ImportFacts): readonly Place[] {
  const wanted = {
    smManager: 'smManager',
    accountManager: 'accountManager',
    serviceManager: 'serviceManager',
    backup: 'serviceManager',
  } as const;
  return Object.entries(wanted).flatMap(([field, grant]) => {
    const id = file.provider[field as keyof typeof wanted];
    if (id === undefined) return [];
    const grants = facts.staff[id];
    const path = `provider.${field}`;
    if (!grants) return [{ path, problem: `nobody named ${id} is active staff of the Provider` }];
    return grants.includes(grant)
      ? []
      : [{ path, problem: `${id} does not hold the staff function ${grant}` }];
  });
}

/** Who serves a contract changes by its own commands, and the policy of a running contract does not change. */
function servingProblems(file: ContractFile, known: NonNullable<ImportFacts['known']>): readonly Place[] {
  const problems: Place[] = [];
  const old = contractStartSchema.safeParse(known.file).data?.provider;
  const { serviceManager, backup } = file.provider;
  const moved = (id: string | undefined, stands: string | null, was: string | undefined) =>
    id !== undefined && id !== stands && id !== was;
  if (moved(serviceManager, known.managerId, old?.serviceManager)) {
    const problem = `${serviceManager ?? ''} does not serve it; use the command assignManager`;
    problems.push({ path: 'provider.serviceManager', problem });
  }
  if (moved(backup, known.backupId, old?.backup)) {
    problems.push({
      path: 'provider.backup',
      problem: `${backup ?? ''} is not its backup; use the command assignBackup`,
    });
  }
  if (file.policy !== known.policyId) {
    const problem = `the contract is served under ${known.policyId}; a policy set is pinned when it is imported`;
    problems.push({ path: 'policy', problem });
  }
  return problems;
}

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

function isCountry(code: string): boolean {
  // ZZ is the name of "unknown"; QO and the X-codes are no countries.
  return code !== 'ZZ' && !/^(?:QO|X[A-JL-Z])$/.test(code) && regions.of(code) !== undefined;
}
