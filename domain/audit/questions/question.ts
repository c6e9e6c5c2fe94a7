/** A question that an auditor asks by name: its answer is rows, each with the entries of the audit that prove it. */
import type { Past, Proof } from './recordings.js';

export interface Column {
  readonly title: string;
  readonly kind: 'text' | 'number' | 'instant' | 'person' | 'yesNo';
}

/** An instant is epoch milliseconds, a person an id. */
export type Cell = string | number | boolean | null;

export interface Row<Name extends string = string> {
  readonly cells: Readonly<Record<Name, Cell>>;
  readonly proof: readonly Proof[];
}

export interface Question {
  readonly name: string;
  /** One sentence that ends with a question mark. */
  readonly text: string;
  /** Where the service specification asks it. */
  readonly source: string;
  /** All is well only when nothing answers it. */
  readonly mustBeEmpty: boolean;
  readonly columns: Readonly<Record<string, Column>>;
  readonly ask: (past: Past) => readonly Row[];
}

type Asked<Columns extends Readonly<Record<string, Column>>> = Omit<
  Question,
  'columns' | 'ask' | 'mustBeEmpty'
> & {
  readonly mustBeEmpty?: true;
  readonly columns: Columns;
  readonly ask: (past: Past) => readonly Row<Extract<keyof Columns, string>>[];
};

/** Declares one; the compiler holds the cells against the columns. */
export function question<const Columns extends Readonly<Record<string, Column>>>(
  asked: Asked<Columns>,
): Question {
  return { ...asked, mustBeEmpty: asked.mustBeEmpty ?? false };
}

export const text = (title: string): Column => ({ title, kind: 'text' });
export const number = (title: string): Column => ({ title, kind: 'number' });
export const instant = (title: string): Column => ({ title, kind: 'instant' });
export const person = (title: string): Column => ({ title, kind: 'person' });
export const yesNo = (title: string): Column => ({ title, kind: 'yesNo' });
