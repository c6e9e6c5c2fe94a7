/** Canonical JSON: what the audit chain is made of. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonical, inOrder } from '../../domain/kernel/hash.js';
import { seedOf } from '../time/seed.js';

describe('canonical JSON', () => {
  it('has its keys in order at every depth, and nothing that JSON does not have', () => {
    expect(canonical({ b: [{ d: 1, c: undefined }, undefined], a: { z: null, y: 'ü' } })).toBe(
      '{"a":{"y":"ü","z":null},"b":[{"d":1},null]}',
    );
  });

  it('keeps a key that is named as the prototype, and the prototype as it was', () => {
    const named = JSON.parse('{"b":1,"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(canonical(named)).toBe('{"__proto__":{"admin":true},"b":1}');
    expect(Object.getPrototypeOf(inOrder(named))).toBe(Object.prototype);
  });

  it('of equal values is equal, in whatever order they were made, also the second time', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const turned = JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
          member !== null && typeof member === 'object' && !Array.isArray(member)
            ? Object.fromEntries(Object.entries(member).reverse())
            : member,
        ) as unknown;
        const once = inOrder(turned);
        expect(canonical(turned)).toBe(canonical(value));
        expect(inOrder(once)).toBe(once);
        expect(JSON.parse(canonical(once))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: seedOf('canonical JSON'), numRuns: 300 },
    );
  });
});
