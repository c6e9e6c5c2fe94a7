/** Why something is refused, and what to do instead. */
export const refusals = {
  contractNotActive: {
    text: 'The contract is not active; only P1 and P2 cases are served all the same.',
    remedy: 'See the contract: careplus show <contract>.',
  },
  caseRestored: {
    text: 'Service was back before the case could be escalated by its age.',
    remedy:
      'Nothing is to be done; ask for an escalation where there is still a reason: careplus escalate <case>.',
  },
  unknownCase: {
    text: 'The contract has no such case.',
    remedy: 'Take the id of a case of this contract: careplus list.',
  },
  alreadyOpen: {
    text: 'An escalation of this is open already; there is one, and everybody who asks for it is named in it.',
    remedy: 'Join it: careplus do <escalation> join.',
  },
  unknownPerson: {
    text: 'That person is unknown, has left, or does not belong here.',
    remedy: 'Name somebody by his id: careplus staff list, careplus matrix show <contract>.',
  },
  asksAlready: {
    text: 'That person asks for this escalation already.',
    remedy: 'Add what is new as a note: careplus note <escalation>.',
  },
  notNamedAtLevel: {
    text: 'That person is not named in the matrix for this level.',
    remedy: 'Ask one of its contacts: careplus matrix who <contract>.',
  },
  levelNotReached: {
    text: 'The escalation has not reached this level.',
    remedy: 'See where it stands: careplus show <escalation>.',
  },
  levelAccepted: {
    text: 'This level has been accepted.',
    remedy: 'See who accepted it: careplus show <escalation>.',
  },
  cameByItself: {
    text: 'This escalation came by the age of its case, or the case has that age by now; so nobody can decline it.',
    remedy: 'Acknowledge it; with the consent of the End User it can be stood down later.',
  },
  noHigherLevel: {
    text: 'The top level has declined it; there is none above.',
    remedy: 'Talk to the service manager, or escalate again with what is new.',
  },
  appealOver: {
    text: 'The time for an appeal is over.',
    remedy: 'Escalate again with what is new.',
  },
  updateTooLate: {
    text: 'The next update must lie ahead, and not later than the pace of updates allows.',
    remedy: 'Name an earlier instant: careplus explain <escalation>/update shows the pace.',
  },
  noConsent: {
    text: 'Nobody of the End User who may has agreed to this.',
    remedy: 'Give the consent of an authorised person with what shows it: --consent.',
  },
  smDecides: {
    text: 'A wait has reached its limit: whether clocks stand once more is for the service manager to decide.',
    remedy: 'Wait without a pause, or have the service manager do it.',
  },
  stoodDown: {
    text: 'It is stood down already.',
    remedy: 'See who did it, and with whose consent: careplus show <escalation>.',
  },
  climbsStill: {
    text: 'Service is not taken to be back; it is worked on as not solved.',
    remedy: 'Add what is new as a note: careplus note <escalation>.',
  },
  stillAsked: {
    text: 'The End User is still being asked; the time for an answer is not over.',
    remedy: 'Wait for the last chase: careplus explain <escalation>/closure.',
  },
  reopeningOver: {
    text: 'The time for reopening is over.',
    remedy: 'Escalate again and name this one: follows.',
  },
  reportOwed: {
    text: 'A report is owed, or has been delivered, already.',
    remedy: 'See where it stands: careplus show <escalation>.',
  },
  noReportOwed: {
    text: 'No report is owed.',
    remedy: 'Ask for one first: careplus do <escalation> askReport.',
  },
  rated: {
    text: 'The satisfaction has been recorded.',
    remedy: 'Add a note if more is to be said: careplus note <escalation>.',
  },
} as const;
