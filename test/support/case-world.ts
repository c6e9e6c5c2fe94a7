/** What cases read in the world of the tests: the example contract, whoever holds a function on duty, no skill register. */
import { definitionOf } from '../../domain/processes.js';
import type { CaseData } from '../../domain/support-case/data.js';
import { staffWith } from '../../domain/kernel/directory.js';
import { localDayOf, openDayOf } from '../../domain/time/open-days.js';
import { escalationLook, escalationsOf } from './escalation-world.js';
import type { Look, TestWorld } from './world.js';

interface OpenCase {
  readonly processId: string;
  readonly data: CaseData;
}

function casesOf(world: TestWorld): (OpenCase & { readonly open: boolean })[] {
  return [...world.store.processes].flatMap(([processId, { ref, state }]) => {
    if (ref.slug !== 'supportCase' || !state) return [];
    const open = definitionOf(ref.slug)?.words.statuses[state.status]?.kind === 'open';
    return [{ processId, open, data: state.data as unknown as CaseData }];
  });
}

const asOther = (found: OpenCase | undefined) =>
  found ? { processId: found.processId, number: found.data.number } : null;

export const caseLook: Look = (world, { data, payload }) => {
  const { directory } = world;
  const { tier, siteIds, calendarId } = world.stateOf('con_1').data as {
    tier: string;
    siteIds: string[];
    calendarId: string;
  };
  const hours = world.calendars[directory.providerCalendarId];
  if (!hours) throw new Error('The Provider has no calendar.');
  const today = localDayOf(world.now, hours);
  const asked = payload as { device?: string; siteId?: string; outside?: { system: string; key: string } };
  const started = data !== null;
  const sameOutage = casesOf(world).find(
    (one) =>
      one.open &&
      ['P1', 'P2'].includes(one.data.priority) &&
      one.data.device === (asked.device ?? null) &&
      (asked.device !== undefined || one.data.siteId === (asked.siteId ?? null)),
  );
  const own = casesOf(world).find((one) => one.data.number === data?.['number']);
  const sameSource = casesOf(world).find(
    ({ data: { source } }) =>
      asked.outside !== undefined &&
      source.system === asked.outside.system &&
      source.key === asked.outside.key,
  );
  return {
    contract: world.contractFacts(),
    cover: { tier, sites: siteIds.map((id) => ({ id, calendarId })) },
    matrix: null,
    device: ((data ?? payload)['device'] ?? null) === null ? 'noDevice' : 'notRecorded',
    duty: {
      engineers: staffWith(directory, 'seniorDesk'),
      dutyManager: staffWith(directory, 'dutyManager')[0] ?? null,
      supportDirector: staffWith(directory, 'supportDirector')[0] ?? null,
    },
    guideline: null,
    skills: {},
    providerHours: [today - 1, today, today + 1].flatMap((day) =>
      openDayOf(day, hours).spans.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    ),
    escalations: escalationsOf(world, own?.processId ?? ''),
    onboarding: world.find('onboarding'),
    sameOutage: started ? null : asOther(sameOutage),
    sameSource: started ? null : asOther(sameSource),
  };
};

/** Lets cases of a world read something else. */
export function readsInstead(world: TestWorld, change: Readonly<Record<string, unknown>>): void {
  world.looks = {
    ...world.looks,
    supportCase: (same, subject) => ({ ...caseLook(same, subject), ...change }),
  };
}

/** A fire drill: the duty of cases and the matrix of escalations. */
export const drillLook: Look = (world, subject) => {
  const { matrix, away } = escalationLook(world, subject);
  const { contract, duty } = caseLook(world, subject);
  return { contract, duty, matrix, away, running: subject.data ? null : world.find('drill') };
};
