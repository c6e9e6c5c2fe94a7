/** Waits for the step of accepted work: 202 means that it is kept and will be decided, not that it is done. */
import { inboxRow, stepAnswer, type StepAnswer } from './answers.js';
import { typed, type Answer, type ApiClient } from './api-client.js';
import { CliFailure } from './failure.js';
import type { Session } from './shell.js';

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** `unchanged`: a contract that says the same already. */
const GOOD: readonly string[] = ['accepted', 'late', 'unchanged'];

export interface Settled {
  readonly answer: StepAnswer;
  readonly body: unknown;
}

/** The outcome of a step. A refusal, and work that is still waiting after 30 s, are failures with exit code 1. */
export async function settle(session: Session, given: Answer): Promise<Settled> {
  const { answer, body } = given.status === 202 ? await fromInbox(session, given) : direct(given);
  if (GOOD.includes(answer.outcome)) return { answer, body };
  throw new CliFailure({
    exitCode: answer.problems?.length ? 2 : 1,
    code: answer.code ?? `STEP_${answer.outcome.toUpperCase()}`,
    text: answer.text ?? `The step was ${answer.outcome}.`,
    remedy: answer.remedy ?? undefined,
    problems: answer.problems ?? undefined,
    document: body,
  });
}

function direct({ body }: Answer): Settled {
  return { answer: typed(stepAnswer, body), body };
}

async function fromInbox(session: Session, given: Answer): Promise<Settled> {
  const { io, api } = session;
  const location = inboxPath(given);
  const id = location.slice(location.lastIndexOf('/') + 1);
  session.remark(`Accepted as ${id}; waiting for the step, at most ${String(PATIENCE_MS / 1000)} s.`);
  const until = io.now() + PATIENCE_MS;
  const live = io.progress === true && !session.json;
  for (let wait = FIRST_PAUSE_MS; io.now() < until; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
    await io.pause(wait);
    const body = await asked(api, location);
    if (live) io.err('\r\u001b[K');
    const row = body === undefined ? undefined : typed(inboxRow, body);
    if (row?.answer)
      return { answer: { processId: row.processId, inboxId: row.inboxId, ...row.answer }, body };
    if (row?.state === 'parked') throw parked(id, body);
    if (live) io.err(`  still waiting, ${String(Math.ceil((until - io.now()) / 1000))} s left`);
  }
  if (live) io.err('\r\u001b[K');
  throw new CliFailure({
    exitCode: 1,
    code: 'STEP_WAITING',
    text: `The work is accepted as ${id} and kept, but not decided yet.`,
    remedy: `Do not send it again. See what became of it: careplus inbox ${id}. If it stays, is the worker running?`,
    document: { code: 'STEP_WAITING', inboxId: id, location },
  });
}

/** The row; undefined while the API does not answer: what it has accepted is kept, and told as such. */
async function asked(api: ApiClient, location: string): Promise<unknown> {
  try {
    return (await api.get(location)).body;
  } catch (error) {
    if (error instanceof CliFailure && error.facts.exitCode === 69) return undefined;
    throw error;
  }
}

function parked(id: string, body: unknown): CliFailure {
  return new CliFailure({
    exitCode: 1,
    code: 'STEP_PARKED',
    text: `The work is kept as ${id}, but its step failed; an operator was told.`,
    remedy: 'Do not send it again. An operator sees it in careplus ops attention.',
    document: body,
  });
}

/** The Location header may be a whole address or a path; only a path of this API is asked for. */
function inboxPath({ location, body }: Answer): string {
  const named = /\/v1\/inbox\/[A-Za-z0-9_-]+$/.exec(location ?? '')?.[0];
  if (named !== undefined) return named;
  const id = typeof body === 'object' && body !== null && 'inboxId' in body ? String(body.inboxId) : '';
  if (/^[A-Za-z0-9_-]+$/.test(id)) return `/v1/inbox/${id}`;
  throw new CliFailure({
    exitCode: 1,
    code: 'ANSWER_NOT_UNDERSTOOD',
    text: 'The API accepted the work, but did not say where its outcome will stand.',
    remedy: 'Look at the process: careplus show <process>.',
  });
}
