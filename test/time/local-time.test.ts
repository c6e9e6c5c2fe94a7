/** How instants read on the wall: against Intl, which knows nothing of our spans of offsets. FC_SEED repeats a run. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatLocal, isZone } from '../../domain/time/local-time.js';
import { seedOf } from './seed.js';

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];
const wallOf = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    }),
  ]),
);

function byIntl(at: number, zone: string): string {
  const parts = wallOf.get(zone)?.formatToParts(at) ?? [];
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const offset = of('timeZoneName').replace('GMT', '') || '+00:00';
  return `${of('weekday')} ${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')} ${offset}`;
}

/** The instants of 2026 and 2027 at which a zone changes its offset, by halving. */
function changesOf(zone: string): number[] {
  const offsetAt = (at: number) => byIntl(at, zone).slice(-6);
  const day = 86_400_000;
  const first = Date.UTC(2026, 0, 1);
  return Array.from({ length: 730 }, (_unused, index) => first + index * day).flatMap((start) => {
    let [low, high] = [start, start + day];
    if (offsetAt(low) === offsetAt(high)) return [];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === offsetAt(low)) low = middle;
      else high = middle;
    }
    return [high];
  });
}

describe('local time', () => {
  it('reads as Intl reads it, whatever was asked before', () => {
    const instant = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2060, 0, 1) });
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (at, zone) => {
        expect(formatLocal(at, zone)).toBe(byIntl(at, zone));
      }),
      { seed: seedOf('local time'), numRuns: 500 },
    );
  });

  it.each(zones)('changes its offset in %s at the very millisecond', (zone) => {
    const changes = changesOf(zone);
    expect(changes).toHaveLength(['Asia/Kathmandu', 'Pacific/Apia', 'UTC'].includes(zone) ? 0 : 4);
    for (const at of changes)
      for (const near of [at - 1, at, at + 1, at - 1])
        expect(formatLocal(near, zone)).toBe(byIntl(near, zone));
  });

  it('knows zones by their name, and throws for what is none', () => {
    expect([isZone('Europe/Berlin'), isZone('Europe/Berlin'), isZone('Mars/Base'), isZone('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(() => formatLocal(0, 'Mars/Base')).toThrow(RangeError);
  });
});
