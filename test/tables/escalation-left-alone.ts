// What a long Easter weekend says when a Priority 1 escalation is left alone, row by row, as the service spec promises it.
//
// How it was made: worked out from the specification with a calendar of Berlin's public holidays; imports nothing. The
// figures are those of the service spec §4.3 (column P1), §3 R2 and §3a, never read off the code that they check.
//
// The scenario: a P1 case is opened on Saturday 2027-03-27 at 22:00 (Berlin, +01:00, 21:00:00Z); its escalation is asked
// for at 22:10 by Noor Dale in the name of Maria Stone. Nobody ever acts. The horizon is Wednesday 2027-03-31 at 12:00,
// exclusive, for `decidedAt`. Friday 2027-03-26 (Good Friday) and Monday 2027-03-29 (Easter Monday) are holidays; the
// next business hour is Tuesday 2027-03-30 at 09:00. In the night to Sunday clocks go forward: 02:00 +01:00 is
// 03:00 +02:00, and the fourth hour of the case ends in that very second.
//
// The matrix (calendar berlin-office is Monday to Friday 09:00-17:00; the others can be called at any time):
//   Provider  L0 noor-dale (on duty) · L1 kim-field (team manager, berlin-office) and sam-rivers (service manager,
//             berlin-office) · L2 dana-hill (director) · L3 vic-lane (VP, berlin-office, deputy una-park) and una-park (VP)
//             · L4 ira-penn (executive). Duty Manager: toni-vale.
//   End User  L0 jan-reed · L1 maria-stone · L2 lea-frost · L3 max-boyd; nobody at L4, which only the Provider must name.
//
// Readings: outside SM hours the Duty Manager holds L1 alone when nobody of L1 is in his hours, and the SM gets a mail.
// Out of hours a deputy who is in his takes the place of a contact. End User contacts are informed, not called: their
// mail waits for business hours. `again` is every 24 hours to whom was told last; repeats count from 1, every other step
// has repeat 0. At the top level there is no next one: the top itself is told. What nobody receives has no row.
// Rows are ordered by decidedAt, then by clock.

/** One message: what decides it, to whom, when (local time with offset) and when it leaves. */
export type EscalationRow = {
  /** The clock that decides it, with its key; empty for the start itself. */
  clock: string;
  step: string;
  repeat: number;
  notice: string;
  role: string;
  recipient: string;
  decidedAt: string;
  sendAt: string;
  /** The lines of the service spec that promise it. */
  cites: string;
};

/** Every message until Wednesday noon; one row a line, so that it reads as a table. */
// prettier-ignore
export const escalationLeftAlone: readonly EscalationRow[] = [
  { clock: '', step: 'start', repeat: 0, notice: 'raised', role: 'level', recipient: 'noor-dale', decidedAt: '2027-03-27T22:10:00+01:00', sendAt: '2027-03-27T22:10:00+01:00', cites: '§4.19 raise: notify L0/SM' },
  { clock: '', step: 'start', repeat: 0, notice: 'managerInformed', role: 'manager', recipient: 'sam-rivers', decidedAt: '2027-03-27T22:10:00+01:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§4.3 SM told at 0; §3a Mail' },
  { clock: '', step: 'start', repeat: 0, notice: 'endUserInformed', role: 'endUserLevel', recipient: 'jan-reed', decidedAt: '2027-03-27T22:10:00+01:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a Level clocks: End User contacts of the level are informed' },
  { clock: 'acknowledge', step: 'due', repeat: 0, notice: 'acknowledgementMissed', role: 'alsoTold', recipient: 'toni-vale', decidedAt: '2027-03-27T22:40:00+01:00', sendAt: '2027-03-27T22:40:00+01:00', cites: '§4.3 ack 30 min; §4.19 ack clock due: next level too; §3a Duty Manager holds L1' },
  { clock: 'acknowledge', step: 'due', repeat: 0, notice: 'managerInformed', role: 'managerByMail', recipient: 'sam-rivers', decidedAt: '2027-03-27T22:40:00+01:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a outside SM hours a mail, not a page' },
  { clock: 'level', step: 'L1', repeat: 0, notice: 'levelReached', role: 'level', recipient: 'toni-vale', decidedAt: '2027-03-27T23:00:00+01:00', sendAt: '2027-03-27T23:00:00+01:00', cites: '§4.3 L1 1 h; §3a from case opening; Duty Manager holds L1' },
  { clock: 'level', step: 'L1', repeat: 0, notice: 'managerInformed', role: 'managerByMail', recipient: 'sam-rivers', decidedAt: '2027-03-27T23:00:00+01:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a outside SM hours a mail, not a page' },
  { clock: 'level', step: 'L1', repeat: 0, notice: 'endUserInformed', role: 'endUserLevel', recipient: 'maria-stone', decidedAt: '2027-03-27T23:00:00+01:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a End User contacts of that level are informed' },
  { clock: 'accept/L1', step: 'due', repeat: 0, notice: 'levelSilent', role: 'levelAbove', recipient: 'dana-hill', decidedAt: '2027-03-27T23:30:00+01:00', sendAt: '2027-03-27T23:30:00+01:00', cites: '§4.3 accept inside 30 min, else next level is told too' },
  { clock: 'level', step: 'L2', repeat: 0, notice: 'levelReached', role: 'level', recipient: 'dana-hill', decidedAt: '2027-03-28T03:00:00+02:00', sendAt: '2027-03-28T03:00:00+02:00', cites: '§4.3 L2 4 h' },
  { clock: 'level', step: 'L2', repeat: 0, notice: 'endUserInformed', role: 'endUserLevel', recipient: 'lea-frost', decidedAt: '2027-03-28T03:00:00+02:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a End User contacts of that level are informed' },
  { clock: 'restore', step: 'due', repeat: 0, notice: 'restoreMissed', role: 'level', recipient: 'dana-hill', decidedAt: '2027-03-28T03:00:00+02:00', sendAt: '2027-03-28T03:00:00+02:00', cites: '§4.3 restore objective 4 h' },
  { clock: 'accept/L2', step: 'due', repeat: 0, notice: 'levelSilent', role: 'levelAbove', recipient: 'una-park', decidedAt: '2027-03-28T03:30:00+02:00', sendAt: '2027-03-28T03:30:00+02:00', cites: '§4.3 accept inside 30 min; deputies and hours' },
  { clock: 'level', step: 'L3', repeat: 0, notice: 'levelReached', role: 'level', recipient: 'una-park', decidedAt: '2027-03-28T23:00:00+02:00', sendAt: '2027-03-28T23:00:00+02:00', cites: '§4.3 L3 24 h; deputies and hours' },
  { clock: 'level', step: 'L3', repeat: 0, notice: 'endUserInformed', role: 'endUserLevel', recipient: 'max-boyd', decidedAt: '2027-03-28T23:00:00+02:00', sendAt: '2027-03-30T09:00:00+02:00', cites: '§3a End User contacts of that level are informed' },
  { clock: 'accept/L3', step: 'due', repeat: 0, notice: 'levelSilent', role: 'levelAbove', recipient: 'ira-penn', decidedAt: '2027-03-28T23:30:00+02:00', sendAt: '2027-03-28T23:30:00+02:00', cites: '§4.3 accept inside 30 min' },
  { clock: 'acknowledge', step: 'again', repeat: 1, notice: 'acknowledgementMissed', role: 'alsoTold', recipient: 'toni-vale', decidedAt: '2027-03-28T23:40:00+02:00', sendAt: '2027-03-28T23:40:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L1', step: 'again', repeat: 1, notice: 'levelSilent', role: 'levelAbove', recipient: 'dana-hill', decidedAt: '2027-03-29T00:30:00+02:00', sendAt: '2027-03-29T00:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'restore', step: 'again', repeat: 1, notice: 'restoreMissed', role: 'level', recipient: 'una-park', decidedAt: '2027-03-29T03:00:00+02:00', sendAt: '2027-03-29T03:00:00+02:00', cites: '§3a Nothing sleeps, every 24 ch; the current level is L3' },
  { clock: 'accept/L2', step: 'again', repeat: 1, notice: 'levelSilent', role: 'levelAbove', recipient: 'una-park', decidedAt: '2027-03-29T03:30:00+02:00', sendAt: '2027-03-29T03:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'level', step: 'L4', repeat: 0, notice: 'levelReached', role: 'level', recipient: 'ira-penn', decidedAt: '2027-03-29T23:00:00+02:00', sendAt: '2027-03-29T23:00:00+02:00', cites: '§4.3 L4 48 h, on a holiday' },
  { clock: 'accept/L3', step: 'again', repeat: 1, notice: 'levelSilent', role: 'levelAbove', recipient: 'ira-penn', decidedAt: '2027-03-29T23:30:00+02:00', sendAt: '2027-03-29T23:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L4', step: 'due', repeat: 0, notice: 'levelSilent', role: 'levelAbove', recipient: 'ira-penn', decidedAt: '2027-03-29T23:30:00+02:00', sendAt: '2027-03-29T23:30:00+02:00', cites: '§4.3 accept inside 30 min; there is no level above' },
  { clock: 'acknowledge', step: 'again', repeat: 2, notice: 'acknowledgementMissed', role: 'alsoTold', recipient: 'toni-vale', decidedAt: '2027-03-29T23:40:00+02:00', sendAt: '2027-03-29T23:40:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L1', step: 'again', repeat: 2, notice: 'levelSilent', role: 'levelAbove', recipient: 'dana-hill', decidedAt: '2027-03-30T00:30:00+02:00', sendAt: '2027-03-30T00:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'restore', step: 'again', repeat: 2, notice: 'restoreMissed', role: 'level', recipient: 'ira-penn', decidedAt: '2027-03-30T03:00:00+02:00', sendAt: '2027-03-30T03:00:00+02:00', cites: '§3a Nothing sleeps, every 24 ch; the current level is L4' },
  { clock: 'accept/L2', step: 'again', repeat: 2, notice: 'levelSilent', role: 'levelAbove', recipient: 'una-park', decidedAt: '2027-03-30T03:30:00+02:00', sendAt: '2027-03-30T03:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'top', step: 'again', repeat: 1, notice: 'topAgain', role: 'level', recipient: 'ira-penn', decidedAt: '2027-03-30T23:00:00+02:00', sendAt: '2027-03-30T23:00:00+02:00', cites: '§3a after the top level of 4.3 the top level is told again the same way' },
  { clock: 'accept/L3', step: 'again', repeat: 2, notice: 'levelSilent', role: 'levelAbove', recipient: 'ira-penn', decidedAt: '2027-03-30T23:30:00+02:00', sendAt: '2027-03-30T23:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L4', step: 'again', repeat: 1, notice: 'levelSilent', role: 'levelAbove', recipient: 'ira-penn', decidedAt: '2027-03-30T23:30:00+02:00', sendAt: '2027-03-30T23:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'acknowledge', step: 'again', repeat: 3, notice: 'acknowledgementMissed', role: 'alsoTold', recipient: 'toni-vale', decidedAt: '2027-03-30T23:40:00+02:00', sendAt: '2027-03-30T23:40:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L1', step: 'again', repeat: 3, notice: 'levelSilent', role: 'levelAbove', recipient: 'dana-hill', decidedAt: '2027-03-31T00:30:00+02:00', sendAt: '2027-03-31T00:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'restore', step: 'again', repeat: 3, notice: 'restoreMissed', role: 'level', recipient: 'ira-penn', decidedAt: '2027-03-31T03:00:00+02:00', sendAt: '2027-03-31T03:00:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
  { clock: 'accept/L2', step: 'again', repeat: 3, notice: 'levelSilent', role: 'levelAbove', recipient: 'una-park', decidedAt: '2027-03-31T03:30:00+02:00', sendAt: '2027-03-31T03:30:00+02:00', cites: '§3a Nothing sleeps, every 24 ch' },
];

/** Every level, when it is reached and who holds it then. */
export const levelsLeftAlone = [
  { level: 'L0', at: '2027-03-27T22:10:00+01:00', people: ['noor-dale'] },
  { level: 'L1', at: '2027-03-27T23:00:00+01:00', people: ['toni-vale'] },
  { level: 'L2', at: '2027-03-28T03:00:00+02:00', people: ['dana-hill'] },
  { level: 'L3', at: '2027-03-28T23:00:00+02:00', people: ['una-park'] },
  { level: 'L4', at: '2027-03-29T23:00:00+02:00', people: ['ira-penn'] },
] as const;

/** Every promise broken, at its instant, with who was told in that step, in the order of the roles. */
export const breachesLeftAlone = [
  { clock: 'acknowledge', missedAt: '2027-03-27T22:40:00+01:00', told: ['toni-vale', 'sam-rivers'] },
  { clock: 'accept/L1', missedAt: '2027-03-27T23:30:00+01:00', told: ['dana-hill'] },
  { clock: 'restore', missedAt: '2027-03-28T03:00:00+02:00', told: ['dana-hill'] },
  { clock: 'accept/L2', missedAt: '2027-03-28T03:30:00+02:00', told: ['una-park'] },
  { clock: 'accept/L3', missedAt: '2027-03-28T23:30:00+02:00', told: ['ira-penn'] },
  { clock: 'accept/L4', missedAt: '2027-03-29T23:30:00+02:00', told: ['ira-penn'] },
] as const;
