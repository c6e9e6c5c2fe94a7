/** What is wrong in a contract file is named all at once, whatever else is wrong in it. */
import { describe, expect, it } from '@jest/globals';
import { readContractFile } from '../../domain/contract/contract-file.js';
import { exampleContract } from '../support/world.js';

function placesOf(change: Record<string, unknown>): readonly string[] {
  const read = readContractFile({ ...exampleContract(), ...change });
  return read.ok ? [] : read.problems.map(({ path }) => path);
}

describe('a contract file', () => {
  it('is read as it stands', () => {
    expect(placesOf({})).toEqual([]);
  });

  it('names fields of the wrong type together with fields that contradict each other', () => {
    const { contacts, provider } = exampleContract();
    const [first, second] = contacts;
    const places = placesOf({
      tier: 7,
      surprise: true,
      startsOn: '2028-01-01',
      endsOn: '2026-01-01',
      contacts: [
        { ...first, email: 'nobody' },
        { ...second, id: first?.id, deputy: 'no-one' },
      ],
      provider: { ...provider, backup: provider.serviceManager, smManager: 9 },
    });
    expect([...places].sort()).toEqual(
      [
        // His deputy was the second contact, whose id is gone.
        'contacts.0.deputy',
        'contacts.0.email',
        'contacts.1.deputy',
        'contacts.1.id',
        'endsOn',
        'provider.backup',
        'provider.smManager',
        'surprise',
        'tier',
      ].sort(),
    );
  });

  it.each([null, 7, 'text', [], { contacts: 'none', sites: [null] }])('is refused as %j', (input) => {
    expect(readContractFile(input).ok).toBe(false);
  });
});
