/** A job that does not run says nothing by itself: whoever is there looks for heartbeats that have grown old. */
import type { ActivityLog } from '../activities/log.js';
import { isSilent } from '../db/jobs/heartbeats.js';
import type { Heartbeats } from '../db/jobs/heartbeats.js';
import { inRounds } from './rounds.js';
import type { Rounds } from './rounds.js';

export interface WatchDependencies {
  readonly heartbeats: Pick<Heartbeats, 'list'>;
  readonly log: ActivityLog;
}

const EVERY_MS = 30_000;

export function startHeartbeatWatch(deps: WatchDependencies, everyMs = EVERY_MS): Rounds {
  const watch = new HeartbeatWatch(deps);
  return inRounds({ name: 'heartbeat watch', everyMs, log: deps.log }, () => watch.look());
}

export class HeartbeatWatch {
  private readonly silent = new Set<string>();

  constructor(private readonly deps: WatchDependencies) {}

  /** An ERROR once for each job that has fallen silent, and a line when it is heard again. */
  async look(): Promise<void> {
    const beats = await this.deps.heartbeats.list();
    for (const { name, everyMs, ageMs, lastFailure } of beats) {
      const isNow = isSilent({ everyMs, ageMs });
      if (isNow === this.silent.has(name)) continue;
      const fields = { job: name, everyMs, ageMs: Math.round(ageMs), lastFailure };
      if (isNow) {
        this.silent.add(name);
        this.deps.log.error(fields, 'a system job has not succeeded for three of its intervals');
      } else {
        this.silent.delete(name);
        this.deps.log.info(fields, 'a system job is heard again');
      }
    }
  }
}
