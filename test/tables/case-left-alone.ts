/**
 * What a P1 of Saturday, 28 November 2026, 03:00 in Berlin does when nobody acts until Monday noon, worked out by hand
 * from the service specification. Pages go at any hour; instants are UTC.
 */
interface LeftAlone {
  readonly at: string;
  readonly notice: string;
  readonly role: string;
  readonly recipient: string;
  readonly cites: string;
}

const LADDER = '§4.16: no accept: second SSE +5 min, Duty Manager +10 (SM told), Support Director +15';
const ENGAGED = '§4.16: SSE engaged 15 min P1';
const RESTORE = '§4.3: restore/workaround objective P1 4 h';
const AGAIN = '§3a Nothing sleeps: the last party told again every 24 ch';

export const caseLeftAlone: readonly LeftAlone[] = [
  { at: '2026-11-28T02:05:00Z', notice: 'page', role: 'second', recipient: 'remy-frost', cites: LADDER },
  { at: '2026-11-28T02:10:00Z', notice: 'page', role: 'dutyManager', recipient: 'toni-vale', cites: LADDER },
  { at: '2026-11-28T02:10:00Z', notice: 'pageTold', role: 'owner', recipient: 'sam-rivers', cites: LADDER },
  { at: '2026-11-28T02:15:00Z', notice: 'page', role: 'director', recipient: 'dana-hill', cites: LADDER },
  {
    at: '2026-11-28T02:15:00Z',
    notice: 'engageMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: ENGAGED,
  },
  {
    at: '2026-11-28T02:15:00Z',
    notice: 'engageMissed',
    role: 'owner',
    recipient: 'sam-rivers',
    cites: ENGAGED,
  },
  {
    at: '2026-11-28T06:00:00Z',
    notice: 'restoreMissed',
    role: 'caseOwner',
    recipient: 'noor-dale',
    cites: RESTORE,
  },
  {
    at: '2026-11-28T06:00:00Z',
    notice: 'restoreMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: RESTORE,
  },
  {
    at: '2026-11-28T06:00:00Z',
    notice: 'restoreMissed',
    role: 'owner',
    recipient: 'sam-rivers',
    cites: RESTORE,
  },
  { at: '2026-11-29T02:15:00Z', notice: 'page', role: 'director', recipient: 'dana-hill', cites: AGAIN },
  {
    at: '2026-11-29T02:15:00Z',
    notice: 'engageMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: AGAIN,
  },
  {
    at: '2026-11-29T06:00:00Z',
    notice: 'restoreMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: AGAIN,
  },
  { at: '2026-11-30T02:15:00Z', notice: 'page', role: 'director', recipient: 'dana-hill', cites: AGAIN },
  {
    at: '2026-11-30T02:15:00Z',
    notice: 'engageMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: AGAIN,
  },
  {
    at: '2026-11-30T06:00:00Z',
    notice: 'restoreMissed',
    role: 'dutyManager',
    recipient: 'toni-vale',
    cites: AGAIN,
  },
];
