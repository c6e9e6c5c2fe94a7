/** What an adoption takes over, what is open after it, and when that is due: for the answer. */
import { z } from 'zod';
import type { AdoptionFile } from '../../domain/contract/adoption.js';
import { promiseDueAt } from '../../domain/kernel/clocks.js';
import type { ProcessState } from '../../domain/kernel/state.js';
import { definitionOf } from '../../domain/processes.js';
import { iso, local } from '../http/instants.js';
import { instantOut, localOut } from '../http/schemas.js';

export const adoptionOut = z
  .object({
    contractId: z.string(),
    processes: z.array(
      z.object({ slug: z.string(), title: z.string(), status: z.string(), statusLabel: z.string() }),
    ),
    takenOver: z.array(
      z.object({ what: z.string(), state: z.string(), on: z.iso.date(), by: z.string().nullable() }),
    ),
    open: z.array(z.object({ slug: z.string(), what: z.string() })),
    due: z
      .array(
        z.object({
          slug: z.string(),
          clock: z.string(),
          key: z.string(),
          label: z.string(),
          dueAt: instantOut,
          dueLocal: localOut,
        }),
      )
      .describe('Earliest first'),
  })
  .meta({ id: 'Adoption' });
type AdoptionOut = z.infer<typeof adoptionOut>;
type Processes = Readonly<Record<string, ProcessState>>;

interface Item {
  readonly key: string;
  readonly label: string;
  readonly state: string;
}

export function reportOf(file: AdoptionFile, processes: Processes, zone: string): AdoptionOut {
  const items = (processes['onboarding']?.data['items'] ?? []) as readonly Item[];
  return {
    contractId: file.id,
    processes: Object.entries(processes).map(([slug, { status }]) => {
      const words = definitionOf(slug)?.words;
      const statusLabel = words?.statuses[status]?.label ?? status;
      return { slug, title: words?.title ?? slug, status, statusLabel };
    }),
    takenOver: takenOver(file, items),
    open: open(file, items),
    due: due(processes, zone),
  };
}

function takenOver({ adopted }: AdoptionFile, items: readonly Item[]): AdoptionOut['takenOver'] {
  const { portalRegisteredOn, activatedOn, onboarding, userGuide } = adopted;
  const happened = (what: string, on: string | undefined) =>
    on === undefined ? [] : [{ what, state: 'done', on, by: null }];
  const guide = userGuide ? `User Guide, version ${String(userGuide.version)}` : '';
  return [
    ...happened('Portal registration', portalRegisteredOn),
    ...happened('Contract activated', activatedOn),
    ...happened('First contact', onboarding.contactedOn),
    ...happened('Kickoff', onboarding.kickoff?.heldOn),
    ...onboarding.items.map(({ item, state, on, by }) => ({
      what: items.find(({ key }) => key === item)?.label ?? item,
      ...{ state, on, by: by ?? null },
    })),
    ...(userGuide?.recipients ?? []).map(({ person, deliveredOn, acknowledgedOn }) =>
      acknowledgedOn === undefined
        ? { what: guide, state: 'delivered', on: deliveredOn, by: person }
        : { what: guide, state: 'acknowledged', on: acknowledgedOn, by: person },
    ),
    ...happened('Live', onboarding.liveOn),
  ];
}

function open({ adopted, contacts, provider }: AdoptionFile, items: readonly Item[]): AdoptionOut['open'] {
  const { userGuide } = adopted;
  const recipients = userGuide?.recipients ?? [];
  const without = contacts.filter(
    ({ id, authorisedCaller, primaryContact }) =>
      (authorisedCaller || primaryContact) && !recipients.some(({ person }) => person === id),
  );
  return [
    ...(provider.serviceManager === undefined
      ? [{ slug: 'contract', what: 'A service manager is to be named' }]
      : []),
    ...(provider.backup === undefined ? [{ slug: 'contract', what: 'A backup is to be named' }] : []),
    ...items
      .filter(({ state }) => state === 'open')
      .map(({ label }) => ({ slug: 'onboarding', what: label })),
    ...recipients
      .filter(({ acknowledgedOn }) => acknowledgedOn === undefined)
      .map(({ person }) => ({ slug: 'document', what: `${person} has not acknowledged the User Guide` })),
    ...(userGuide ? without : []).map(({ id }) => ({ slug: 'document', what: `${id} has no User Guide` })),
  ];
}

function due(processes: Processes, zone: string): AdoptionOut['due'] {
  return Object.entries(processes)
    .flatMap(([slug, { clocks }]) =>
      clocks.flatMap((clock) => {
        const at = promiseDueAt(clock);
        const label = definitionOf(slug)?.words.clocks[clock.name]?.label ?? clock.name;
        return at === null ? [] : [{ slug, clock: clock.name, key: clock.key, label, at }];
      }),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...one }) => ({ ...one, dueAt: iso(at), dueLocal: local(at, zone) ?? '' }));
}
