/** Walks a JSON Schema along the names of fields: what is known at a place, through unions and references. */

export type JsonSchema = Readonly<Record<string, unknown>>;

/** More nested unions and references than a person can fill in. */
const DEEPEST = 12;

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The alternatives of a schema, without unions and references; one that is itself plain gives itself. */
export function alternatives(schema: unknown, root: JsonSchema, depth = 0): JsonSchema[] {
  if (!isSchema(schema) || depth > DEEPEST) return [];
  const { $ref: reference } = schema;
  if (typeof reference === 'string') return alternatives(resolved(reference, root), root, depth + 1);
  const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((name) => {
    const list = schema[name];
    return Array.isArray(list) ? list.flatMap((each: unknown) => alternatives(each, root, depth + 1)) : [];
  });
  return inner.length > 0 ? inner : [schema];
}

/** The alternatives at a path below the root. */
export function schemasAt(root: JsonSchema, path: readonly (string | number)[]): JsonSchema[] {
  let here = alternatives(root, root);
  for (const part of path) {
    here = here.flatMap((schema) => alternatives(childOf(schema, part), root));
  }
  return here;
}

/** Names of the fields that the alternatives know. */
export function knownFields(schemas: readonly JsonSchema[]): string[] {
  return [...new Set(schemas.flatMap((schema) => Object.keys(propertiesOf(schema))))];
}

export function propertiesOf(schema: JsonSchema): JsonSchema {
  const { properties } = schema;
  return isSchema(properties) ? properties : {};
}

/** Fields that must be given; what has a default need not be. */
export function requiredOf(schema: JsonSchema): string[] {
  const { required } = schema;
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  return names.filter((name) => {
    const property = propertiesOf(schema)[name];
    return !(isSchema(property) && 'default' in property);
  });
}

export function typesOf(schemas: readonly JsonSchema[]): Set<string> {
  return new Set(
    schemas.flatMap(({ type }) =>
      typeof type === 'string'
        ? [type]
        : Array.isArray(type)
          ? type.filter((each) => typeof each === 'string')
          : [],
    ),
  );
}

/** The words that a text may be, or none when it is free. */
export function choicesOf(schemas: readonly JsonSchema[]): string[] {
  const texts = schemas.filter(
    (schema) => typesOf([schema]).has('string') || 'const' in schema || 'enum' in schema,
  );
  const lists = texts.map((schema): unknown[] | undefined =>
    'const' in schema ? [schema['const']] : Array.isArray(schema['enum']) ? schema['enum'] : undefined,
  );
  if (lists.some((list) => list === undefined)) return [];
  return [...new Set(lists.flatMap((list) => list ?? []).map(String))];
}

/** What a field takes, in words. */
export function expectation(schemas: readonly JsonSchema[]): string {
  const choices = choicesOf(schemas);
  if (choices.length > 0) return `one of ${choices.join(', ')}`;
  const types = typesOf(schemas);
  if (schemas.some(({ format }) => format === 'date')) return 'a date such as 2026-03-31';
  if (schemas.some(({ format }) => format === 'date-time')) return 'an instant such as 2026-03-31T09:00:00Z';
  if (schemas.some(({ format }) => format === 'email')) return 'an e-mail address';
  if (types.has('string')) return 'text';
  if (types.has('integer')) return 'a whole number';
  if (types.has('number')) return 'a number';
  if (types.has('boolean')) return 'true or false';
  if (types.has('array')) return 'a list';
  return types.has('object') ? 'a group of fields' : 'a value';
}

function childOf(schema: JsonSchema, part: string | number): unknown {
  const { items, prefixItems, additionalProperties } = schema;
  if (/^\d+$/.test(String(part))) {
    if (Array.isArray(prefixItems)) return prefixItems[Number(part)] ?? items;
    if (items !== undefined) return items;
  }
  return (
    propertiesOf(schema)[String(part)] ?? (isSchema(additionalProperties) ? additionalProperties : undefined)
  );
}

function resolved(reference: string, root: JsonSchema): unknown {
  if (!reference.startsWith('#')) return undefined;
  let here: unknown = root;
  for (const part of reference
    .slice(1)
    .split('/')
    .filter((each) => each !== '')) {
    here = isSchema(here) ? here[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return here;
}
