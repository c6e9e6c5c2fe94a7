// The longest test files begin first, so that none of them runs on alone at the end; those that mostly wait for servers
// and those that mostly compute take turns, so that both cores have something to do all the time.
import TestSequencer from '@jest/test-sequencer';

// Jest knows by itself only on a machine that has run them before.
const LONGEST = [
  'engine/engine-lost',
  'chaos/crash-points',
  'chaos/receivers',
  'chaos/zombies',
  'chaos/cuts',
  'chaos/handover',
  'journey/journey',
  'journey/year',
  'chaos/worker-storm',
  'chaos/temporal-kill',
  'chaos/postgres-kill',
  'chaos/api-kill',
  'chaos/connection-storm',
  'journey/skew',
  'engine/relay',
  'engine/calendar-change',
  'chaos/pool',
  'processes/matrix',
  'kernel/simulation',
  'api/fuzz',
  'db/check',
  'processes/effects',
  'kernel/redecide',
  'processes/escalation-generated',
  'api/authorisation',
  'api/document',
  'cli/doctor',
];

const place = ({ path }) => {
  const found = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return found < 0 ? LONGEST.length : found;
};

const waits = ({ path }) => /\/test\/(chaos|engine|journey|servers|telemetry)\//.test(path);

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const sorted = [...super.sort(tests)].sort((one, other) => place(one) - place(other));
    const waiting = sorted.filter(waits);
    const computing = sorted.filter((test) => !waits(test));
    const turns = Math.max(waiting.length, computing.length);
    return Array.from({ length: turns }, (_, turn) => [waiting[turn], computing[turn]])
      .flat()
      .filter((test) => test !== undefined);
  }
}
