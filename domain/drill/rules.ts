/** The rules of a fire drill: the desk and the levels are paged as in earnest, and it ends by itself (service spec §4.16, §4.3). */
import { climbed } from '../escalation/climb.js';
import { define, rulesFor, type SceneOf } from '../kernel/rules.js';
import { peopleAt } from '../escalation/people.js';
import { drill, type DrillData } from './words.js';

type Scene = SceneOf<typeof drill>;
type Acknowledging = Scene & {
  readonly payload: {
    readonly recipient: string;
    readonly notices: readonly string[];
    readonly decidedAt: number;
  };
};
const { start, on, hear, due, check } = rulesFor(drill);

const contractServes = check('contractNotActive', ({ look }) =>
  ['active', 'expiring'].includes(look.contract.status),
);
const isOnly = check(
  'alreadyRunning',
  ({ look }) => look.running === null,
  ({ look }) => (look.running === null ? [] : [{ path: '(drill)', problem: look.running }]),
);

const ended = (how: NonNullable<DrillData['ended']>['how']) => ({
  ended: ({ actor, at }: Scene): DrillData['ended'] => ({ at, how, by: actor }),
});
const tellEnd = { owner: 'over', starter: 'over' } as const;

const isOfDesk = ({ payload, data }: Acknowledging) =>
  payload.notices.includes('deskPage') && data.desk === null;

export const drillRules = define(drill, [
  start({
    to: 'running',
    event: 'started',
    guards: [contractServes, isOnly],
    init: ({ look, at, actor }) => ({
      contractId: look.contract.contractId,
      contractNumber: look.contract.number,
      calendarId: look.contract.calendarId,
      startedAt: at,
      startedBy: actor,
      desk: null,
      level: 'L0',
      levels: [],
      ended: null,
    }),
    clocks: { desk: 'start', levels: 'start', end: 'start' },
    tell: { onDuty: 'deskPage', owner: 'begun' },
  }),

  due.desk.second({ from: 'running', event: 'secondPaged', tell: { second: 'deskPage' } }),
  due.desk.dutyManager({
    from: 'running',
    event: 'dutyManagerPaged',
    tell: { dutyManager: 'deskPage', owner: 'deskSilent' },
  }),
  due.desk.director({ from: 'running', event: 'directorPaged', tell: { director: 'deskPage' } }),
  due.desk.over({ from: 'running', event: 'deskNotReached' }),

  ...climbed.map((level) =>
    due.levels[level]({
      from: 'running',
      event: 'levelPaged',
      set: {
        level,
        levels: (scene) => [
          ...scene.data.levels,
          {
            level,
            at: scene.at,
            matrixVersion: scene.look.matrix?.version ?? null,
            people: [...peopleAt(scene, level)],
            acknowledged: [],
          },
        ],
      },
      tell: {
        level: 'levelPage',
        ...(level === 'L1' ? ({ managerByMail: 'managerInformed' } as const) : {}),
        endUserLevel: 'endUserInformed',
      },
    }),
  ),

  hear.pageAcknowledged({
    from: 'running',
    when: isOfDesk,
    event: 'deskAcknowledged',
    set: { desk: ({ payload, at }) => ({ by: payload.recipient, at }), levels: acknowledged },
    clocks: { desk: 'meet' },
  }),
  hear.pageAcknowledged({ from: 'running', event: 'acknowledged', set: { levels: acknowledged } }),

  on.end({ from: 'running', to: 'ended', event: 'ended', set: ended('ended'), tell: tellEnd }),
  due.end.over({ from: 'running', to: 'ended', event: 'timeUp', set: ended('timeUp'), tell: tellEnd }),
  hear.contractEnded({
    from: 'running',
    when: ({ look }) => look.contract.status === 'renewed',
    event: 'contractRenewed',
  }),
  hear.contractEnded({
    from: 'running',
    to: 'ended',
    event: 'endedWithContract',
    set: ended('contractEnded'),
    tell: tellEnd,
  }),
]);

/** Whoever answers for a level: one of its people, or whom a page went to in his place. */
function acknowledged({ data, payload, at }: Acknowledging): DrillData['levels'] {
  return data.levels.map((one) =>
    one.at === payload.decidedAt
      ? { ...one, acknowledged: [...one.acknowledged, { by: payload.recipient, at }] }
      : one,
  );
}
