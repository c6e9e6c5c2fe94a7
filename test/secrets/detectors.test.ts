/** Secrets in texts: every planted one is found, and nothing that people and devices write otherwise. */
import { describe, expect, it } from '@jest/globals';
import { secretsIn } from '../../domain/secrets/detectors.js';
import { harmless } from './harmless.js';
import { planted } from './planted.js';

describe('a text', () => {
  it.each(planted)('with a secret is found by %s: %#', (detector, text) => {
    expect(secretsIn(text)).toContain(detector);
  });

  it.each(planted)('is searched to its end, however long it is: %s %#', (detector, text) => {
    expect(secretsIn(`${'A line of the log, quite harmless.\n'.repeat(2_000)}${text}`)).toContain(detector);
  });

  it('without one passes', () => {
    const accused = harmless.map((text) => [text, secretsIn(text)]).filter(([, names]) => names?.length);
    expect(accused).toEqual([]);
  });

  it('stands in a corpus of forty with a secret and two hundred without', () => {
    expect([planted.length, new Set(harmless).size]).toEqual([40, harmless.length]);
    expect(harmless.length).toBeGreaterThanOrEqual(200);
  });

  it('of a megabyte is searched in well under a second, whatever it repeats', () => {
    const beginnings = [
      ...['a', 'password ', 'password', 'a://', 'a://b:', 'eyJ', '-eyJ', '.eyJ', 'cp_', 'bearer ', 'bearer-'],
      ...[
        '-----BEGIN ',
        '-----BEGIN A ',
        'A ',
        '$8$',
        '$1$',
        'pre-shared-key ',
        'hexadecimal ',
        ' ',
        'ghp_',
        'xoxb-',
      ],
    ];
    for (const text of beginnings.map((one) => one.repeat(Math.ceil(1_000_000 / one.length)))) {
      const since = performance.now();
      secretsIn(text);
      expect(performance.now() - since).toBeLessThan(1_000);
    }
  });
});
