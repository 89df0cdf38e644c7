import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextShare } from './shares.ts';

describe('nextShare', () => {
  it('always takes at least one example, never more than there are or than a batch', () => {
    const speed = fc.option(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e5 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 256 }),
        speed,
        (n, w, b, s) => {
          const share = nextShare(n, w, b, s);
          expect(share).toBeGreaterThanOrEqual(1);
          expect(share).toBeLessThanOrEqual(Math.min(n, b));
        },
      ),
    );
  });

  it('starts small, then follows the speed of the network, and shares out the end', () => {
    expect(nextShare(5000, 2, 64, undefined)).toBe(16);
    expect(nextShare(5000, 2, 64, 10_000)).toBe(64);
    expect(nextShare(5000, 2, 64, 40)).toBe(10);
    expect(nextShare(5000, 2, 64, 0.5)).toBe(1);
    expect(nextShare(100, 2, 64, 10_000)).toBe(25);
    expect(nextShare(5, 2, 64, 10_000)).toBe(5);
  });
});
