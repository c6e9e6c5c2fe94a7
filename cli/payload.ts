/** Makes the payload of a command from `field=value` arguments, typed by the command's JSON Schema. */
import {
  alternatives,
  choicesOf,
  expectation,
  isSchema,
  knownFields,
  propertiesOf,
  requiredOf,
  schemasAt,
  typesOf,
  type JsonSchema,
} from './files/schema-walk.js';
import type { Problem } from './failure.js';
import { didYouMean } from './nearest.js';

export type Payload = Record<string, unknown>;
type Converted =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** The payload and what is wrong with it; `base` comes from a file and is overridden by the fields. */
export function payloadFrom(
  fields: readonly string[],
  schema: JsonSchema,
  base: Payload = {},
): { readonly payload: Payload; readonly problems: readonly Problem[] } {
  const payload = structuredClone(base);
  const problems: Problem[] = [];
  for (const field of fields) {
    const equals = field.indexOf('=');
    const path = field.slice(0, Math.max(0, equals));
    if (!/^[A-Za-z_][\w-]*(\.[\w-]+)*$/.test(path)) {
      problems.push({ path: field, problem: 'is not of the form field=value' });
      continue;
    }
    const parts = path.split('.');
    const unknown = unknownPart(schema, parts);
    if (unknown !== undefined) {
      problems.push({ path, problem: unknown });
      continue;
    }
    const converted = convert(field.slice(equals + 1), schemasAt(schema, parts), schema);
    if (!converted.ok) problems.push({ path, problem: converted.problem });
    else if (!put(payload, parts, converted.value))
      problems.push({ path, problem: 'is given twice in different forms' });
  }
  return { payload, problems: [...problems, ...missing(alternatives(schema, schema), payload, schema, '')] };
}

/** The example of a command as arguments: `item=contactMatrix evidence.kind=note`. */
export function asFields(example: Readonly<Record<string, unknown>>, prefix = ''): string {
  return Object.entries(example)
    .map(([name, value]) => {
      const path = `${prefix}${name}`;
      if (isSchema(value)) return asFields(value, `${path}.`);
      const plain = Array.isArray(value) && value.every((each) => typeof each !== 'object');
      return `${path}=${quoted(plain ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value))}`;
    })
    .join(' ');
}

function quoted(text: string): string {
  return /^[\w.,:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What is wrong with the name of a field, when its schema takes no others. */
function unknownPart(schema: JsonSchema, parts: readonly string[]): string | undefined {
  for (const [index, part] of parts.entries()) {
    const around = schemasAt(schema, parts.slice(0, index));
    const here = schemasAt(schema, parts.slice(0, index + 1));
    if (here.length > 0) continue;
    const closed =
      around.length > 0 &&
      around.every((each) => each['additionalProperties'] === false || !('properties' in each));
    if (!closed) return undefined;
    const known = knownFields(around);
    return known.length === 0 ? `takes no fields` : `unknown field${didYouMean(part, known, true)}`;
  }
  return undefined;
}

function convert(text: string, schemas: readonly JsonSchema[], root: JsonSchema): Converted {
  const types = typesOf(schemas);
  if (types.has('null') && text === 'null') return { ok: true, value: null };
  if (types.has('array')) return list(text, schemas, root);
  if (types.has('object') && !types.has('string'))
    return json(text, 'a group of fields: write field.inner=value, or JSON');
  if (types.has('boolean') && !types.has('string')) {
    if (/^(true|yes)$/i.test(text)) return { ok: true, value: true };
    if (/^(false|no)$/i.test(text)) return { ok: true, value: false };
    return { ok: false, problem: `"${text}" is neither true nor false` };
  }
  if ((types.has('number') || types.has('integer')) && !types.has('string')) {
    const value = Number(text);
    const fits =
      text.trim() !== '' && Number.isFinite(value) && (types.has('number') || Number.isInteger(value));
    return fits ? { ok: true, value } : { ok: false, problem: `"${text}" is not ${expectation(schemas)}` };
  }
  return word(text, schemas);
}

function word(text: string, schemas: readonly JsonSchema[]): Converted {
  const choices = choicesOf(schemas);
  if (choices.length > 0 && !choices.includes(text)) {
    return {
      ok: false,
      problem: `"${text}" is not one of ${choices.join(', ')}${didYouMean(text, choices)}`,
    };
  }
  const dates = schemas.length > 0 && schemas.every(({ format }) => format === 'date');
  if (dates && !/^\d{4}-\d{2}-\d{2}$/.test(text))
    return { ok: false, problem: `"${text}" is not ${expectation(schemas)}` };
  return { ok: true, value: text };
}

function list(text: string, schemas: readonly JsonSchema[], root: JsonSchema): Converted {
  if (text.startsWith('[')) return json(text, 'a list');
  const items = schemas.flatMap((schema) => alternatives(schema['items'], root));
  const values: unknown[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const converted = convert(part.trim(), items, root);
    if (!converted.ok) return converted;
    values.push(converted.value);
  }
  return { ok: true, value: values };
}

function json(text: string, what: string): Converted {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, problem: `is ${what}` };
  }
}

function put(payload: Payload, parts: readonly string[], value: unknown): boolean {
  let here: Payload = payload;
  for (const [index, part] of parts.slice(0, -1).entries()) {
    // Own properties only: a field named __proto__ must not reach what every object inherits.
    if (!Object.hasOwn(here, part)) define(here, part, /^\d+$/.test(parts[index + 1] ?? '') ? [] : {});
    const next = here[part];
    if (typeof next !== 'object' || next === null) return false;
    here = next as Payload;
  }
  define(here, parts.at(-1) ?? '', value);
  return true;
}

function define(target: Payload, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Required fields that are not there, of the alternative that the given constants choose. */
function missing(
  schemas: readonly JsonSchema[],
  value: unknown,
  root: JsonSchema,
  prefix: string,
): Problem[] {
  const objects = schemas.filter((schema) => 'properties' in schema);
  if (objects.length === 0 || !isSchema(value)) return [];
  const chosen = objects.filter((schema) => constantsAgree(schema, value));
  if (chosen.length !== 1 || chosen[0] === undefined)
    return undecided(chosen.length > 0 ? chosen : objects, value, prefix);
  const [schema] = chosen;
  const gone = requiredOf(schema)
    .filter((name) => value[name] === undefined)
    .map((name) => ({
      path: `${prefix}${name}`,
      problem: `is missing; expected ${expectation(alternatives(propertiesOf(schema)[name], root))}`,
    }));
  const inner = Object.entries(value).flatMap(([name, each]) =>
    missing(alternatives(propertiesOf(schema)[name], root), each, root, `${prefix}${name}.`),
  );
  return [...gone, ...inner];
}

/** Several alternatives are left: what all of them need must be given first, above all the word that chooses. */
function undecided(objects: readonly JsonSchema[], value: JsonSchema, prefix: string): Problem[] {
  const [first, ...others] = objects.map(requiredOf);
  return (first ?? [])
    .filter((name) => others.every((names) => names.includes(name)) && value[name] === undefined)
    .map((name) => ({
      path: `${prefix}${name}`,
      problem: `is missing; expected ${expectation(objects.flatMap((schema) => alternatives(propertiesOf(schema)[name], schema)))}`,
    }));
}

function constantsAgree(schema: JsonSchema, value: JsonSchema): boolean {
  return Object.entries(propertiesOf(schema)).every(([name, property]) => {
    if (!isSchema(property) || !('const' in property)) return true;
    return value[name] === property['const'];
  });
}
