/** One line of what the doctor says. */
export interface Finding {
  /** Never renamed: it stands in runbooks. */
  readonly name: string;
  /** `away`: a service does not answer; `skipped`: it could not be looked at because of that. */
  readonly state: 'ok' | 'problem' | 'away' | 'skipped';
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly remedy: string | null;
}

export function ok(name: string, detail: string): Finding {
  return { name, state: 'ok', detail, remedy: null };
}

export function wrong(name: string, detail: string, remedy: string): Finding {
  return { name, state: 'problem', detail, remedy };
}

export function away(name: string, detail: string, remedy: string): Finding {
  return { name, state: 'away', detail, remedy };
}

export function skipped(name: string, detail: string): Finding {
  return { name, state: 'skipped', detail, remedy: null };
}

/** 0 all is well, 1 something is to be done, 69 a service does not answer (sysexits.h). */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 69 {
  if (findings.some(({ state }) => state === 'away')) return 69;
  return findings.some(({ state }) => state === 'problem') ? 1 : 0;
}
