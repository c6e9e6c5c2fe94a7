/** Why a case refuses something, and what to do about it. */
export const caseRefusals = {
  sameOutage: {
    text: 'A case for this device or site is open already.',
    remedy: 'Join the call to it: careplus desk call does so; if it is another fault, say separate.',
  },
  sourceKnown: {
    text: 'This case of the outside system is known already.',
    remedy: 'Work with the case that is named: careplus show <process>.',
  },
  sourceMissing: {
    text: 'A case of an outside system needs the system and its key there, and only such a case has them.',
    remedy: 'Name both in outside, with the source outside.',
  },
  placeMissing: {
    text: 'Neither a device nor a site is named.',
    remedy: 'Ask for the serial number, or name the site: careplus desk call --device or --site.',
  },
  siteUnknown: {
    text: 'The contract has no such site.',
    remedy: 'See its sites: careplus contract show <contract>.',
  },
  callerUnknown: {
    text: 'There is no such person on the side of the End User.',
    remedy: 'Give the name and the number that the caller gave: careplus desk call --name --phone.',
  },
  notAuthorised: {
    text: 'That person is not an authorised caller.',
    remedy:
      'See who is: careplus matrix show <contract>; without one of them the entitlement is to be overridden.',
  },
  stillInDoubt: {
    text: 'The entitlement is still in doubt.',
    remedy: 'Verify the caller or amend the contract first, or have it overridden: careplus next <process>.',
  },
  notInDoubt: { text: 'The entitlement is settled.', remedy: 'Nothing is to be done.' },
  ownCall: {
    text: 'Whoever opened the case does not override its entitlement.',
    remedy: 'Ask another one of the people that careplus next <process> names.',
  },
  inBusinessHours: {
    text: 'In business hours the SM manager overrides.',
    remedy: 'Ask the SM manager: careplus next <process> names him.',
  },
  overrideTooLong: {
    text: 'The override would last longer than the policy allows, or is over already.',
    remedy: 'Name an earlier end in the future, or none.',
  },
  answered: { text: 'The caller was spoken to already.', remedy: 'Nothing is to be done.' },
  noSkill: {
    text: 'The skill register does not name that engineer for the product.',
    remedy: 'Pull an engineer of the next region, or say why: because.',
  },
  notAnEngineer: {
    text: 'That person is not an active engineer of the desk.',
    remedy: 'Name another one; careplus staff list shows who they are.',
  },
  hasItAlready: { text: 'That engineer has the case already.', remedy: 'Name another one.' },
  noCallBack: { text: 'No call-back is owed.', remedy: 'Nothing is to be done.' },
  callBackOwed: { text: 'A call-back is owed already.', remedy: 'Call back and record it: recordCallBack.' },
  consentMissing: {
    text: 'Whoever is said to agree may not consent for the End User.',
    remedy: 'Name one of its callers or approvers: careplus matrix show <contract>.',
  },
  evidenceMissing: {
    text: 'What somebody else agreed to needs evidence.',
    remedy: 'Say what shows it, or have him do it himself.',
  },
  smDecides: {
    text: 'A wait has reached its limit: whether clocks stand once more is for the service manager to decide.',
    remedy:
      'Have the service manager or the SM manager do it: careplus next <process> names them. A P1 or P2 waits without consent: its clocks run on.',
  },
  notHigher: { text: 'That is not a higher priority.', remedy: 'A lower one is proposed: proposePriority.' },
  notLower: {
    text: 'That is not a lower priority.',
    remedy: 'A higher one needs no agreement: raisePriority.',
  },
  notEntitled: {
    text: 'At this priority the contract does not cover the case.',
    remedy: 'Have the entitlement overridden, or stay at the priority.',
  },
  proposed: {
    text: 'A lower priority is proposed already.',
    remedy: 'Have it agreed, disputed or decided first.',
  },
  noProposal: { text: 'No lower priority is proposed.', remedy: 'Propose one: proposePriority.' },
  otherProposal: {
    text: 'Another priority is proposed by now.',
    remedy: 'See it and agree to that one: careplus show <process>.',
  },
  ownProposal: {
    text: 'Whoever proposed the lower priority does not decide it.',
    remedy: 'Ask another Duty Manager, or have the End User agree.',
  },
  notDisputed: {
    text: 'The lower priority is not disputed.',
    remedy: 'The End User agrees or disputes first: agreePriority, disputePriority.',
  },
  disputed: { text: 'It is disputed already.', remedy: 'The Duty Manager decides: decidePriority.' },
  notSilent: {
    text: 'The End User still has time to answer.',
    remedy: 'Wait until the closure is due: careplus forecast <process>.',
  },
  reopenOver: {
    text: 'The time to open the case again is over.',
    remedy: 'Open a new case that names this one: careplus desk call.',
  },
  notTriedEnough: {
    text: 'The caller was not tried often enough.',
    remedy: 'Call back and record each try: recordFailedContact.',
  },
  dutyManagerOnly: {
    text: 'Only the Duty Manager gives up a P1.',
    remedy: 'Ask him: careplus next <process> names him.',
  },
  notATest: { text: 'This is not a test call.', remedy: 'Resolve the case: resolve.' },
} as const;
