/** What it means that a case goes into a queue: which clocks begin, who is paged (service spec §4.16 "Timers", §4.19). */
import type { CaseScene } from '../scene.js';
import { counts, ofSeniorDesk, settling, where, whileOverridden } from './rows.js';

const notAnswered = ({ data }: CaseScene) => data.answeredAt === null;

/** The Senior Desk's queue: a senior engineer within the target, and the page ladder until one accepts. */
export const intoQueue = {
  clocks: {
    answer: { start: where(notAnswered) },
    engage: 'restart',
    page: 'restart',
    restore: { start: where(counts) },
    age: { start: where(counts) },
    settle: settling,
    override: whileOverridden,
    respond: 'cancel',
  },
  tell: { onDuty: 'page' },
} as const;

/** The Support Centre's queue: a first response in business hours. */
export const intoSupportCentre = {
  clocks: {
    respond: 'restart',
    restore: { start: where(counts) },
    age: { start: where(counts) },
    settle: settling,
    override: whileOverridden,
    answer: 'cancel',
    engage: 'cancel',
    page: 'cancel',
  },
  tell: { desk: 'caseWaits' },
} as const;

/** A case that comes back: to whose it is now. */
export const backToQueues = [
  { when: ofSeniorDesk, to: 'queued', ...intoQueue },
  { to: 'queued', ...intoSupportCentre },
] as const;
