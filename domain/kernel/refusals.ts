/** Refusals that every process shares, and the codes of a process's own ones. */
import type { Refused } from './state.js';
import type { RefusalWord, Words } from './words.js';

export const kernelRefusals = {
  STATUS: {
    text: 'This cannot be done in the present status.',
    remedy: 'See what can be done now: careplus next <process>.',
  },
  CLOSED: {
    text: 'The process is closed and takes no more commands.',
    remedy: 'Read its timeline; start a new process if the work goes on.',
  },
  ROLE: {
    text: 'The person who asked has none of the roles that may do this.',
    remedy: 'Ask one of the people that careplus next <process> names for it.',
  },
  STALE: {
    text: 'The process has changed since it was read.',
    remedy: 'Read it again, look at what changed, and repeat the command with the new ETag.',
  },
  PAYLOAD: {
    text: 'The details given do not fit the command.',
    remedy: 'Correct the fields named in the problems.',
  },
  POLICY: {
    text: 'The policy set of the contract has no figures for this kind of process: it was approved before there was one.',
    remedy:
      'Have the contract amended to a newer version of its policy set: careplus contract import <file>, then start it again.',
  },
  COMMAND: {
    text: 'There is no such command in this kind of process.',
    remedy: 'See the commands it has: careplus next <process>.',
  },
  CASE: {
    text: 'No rule covers this command with these details in the present status.',
    remedy: 'See what is possible now: careplus next <process>.',
  },
} as const satisfies Record<string, RefusalWord>;

export type KernelRefusal = keyof typeof kernelRefusals;

/** `selfApproval` of `onboarding` is `ONBOARDING_SELF_APPROVAL`. */
export function refusalCode(slug: string, name: string): string {
  const screaming = (text: string) => text.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return `${screaming(slug)}_${screaming(name)}`;
}

export function refuse(code: KernelRefusal, problems?: Refused['problems']): Refused {
  return { kind: 'refused', code: `PROCESS_${code}`, ...kernelRefusals[code], ...(problems && { problems }) };
}

export function refuseBy(words: Words, name: string, problems?: Refused['problems']): Refused {
  const word = words.refusals[name];
  if (!word) throw new Error(`${words.slug} has no refusal named ${name}.`);
  return { kind: 'refused', code: refusalCode(words.slug, name), ...word, ...(problems && { problems }) };
}
