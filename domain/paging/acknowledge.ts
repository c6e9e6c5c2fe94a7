/** The names by which an acknowledgement of a page is asked for and heard of. */

/** The command of the link that acknowledges a page; no process has a command of this name. */
export const ACKNOWLEDGE_PAGE = 'acknowledgePage';
/** The signal by which a process that declares it hears of the acknowledgement. */
export const PAGE_ACKNOWLEDGED = 'pageAcknowledged';
/** The signal by which a process that declares it hears that nobody acknowledged a page as often as it was sent. */
export const PAGE_UNANSWERED = 'pageUnanswered';
