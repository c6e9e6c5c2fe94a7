/** Definitions and commands by names that come from outside: names such as `constructor` are names of nothing. */
import type { Definition } from '../../domain/kernel/rules.js';
import type { Words } from '../../domain/kernel/words.js';
import { definitionOf, definitions } from '../../domain/processes.js';

/** The definition of a slug as somebody wrote it. */
export function kindOf(slug: string): Definition | undefined {
  return Object.hasOwn(definitions, slug) ? definitionOf(slug) : undefined;
}

/** A command by its name as somebody wrote it. */
export function commandOf({ words }: Definition, name: string): Words['commands'][string] | undefined {
  return Object.hasOwn(words.commands, name) ? words.commands[name] : undefined;
}
