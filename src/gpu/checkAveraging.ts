import { weightedSum64 } from './plainKitchen.ts';
import { planMemory } from './planMemory.ts';
import { decodeValues, encodeValues } from './storageValues.ts';
import type { IngredientSource, Kitchen, StorageType, TensorSpec } from './types.ts';

/** What the check on load found. `maxUlp`: largest distance to a float64 loop, in units in the last place of the storage type. */
export interface AveragingCheck {
  readonly elements: number;
  readonly maxUlp: number;
  /** maxUlp ≤ 1. */
  readonly ok: boolean;
}

/** Number of representable values from one 32- or 16-bit float to another; +0 and −0 are one apart. */
export function ulpDistance(dataType: StorageType, a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): number {
  const width = dataType === 'float32' ? 4 : 2;
  const [p, q] = [new DataView(a.buffer, a.byteOffset), new DataView(b.buffer, b.byteOffset)];
  let most = 0;
  const place = (view: DataView, at: number) => {
    const bits = width === 4 ? view.getUint32(at, true) : view.getUint16(at, true) << 16;
    const unit = width === 4 ? 1 : 65536;
    return bits >= 0x80000000 || bits < 0 ? -(((bits & 0x7fffffff) >>> 0) / unit) - 1 : bits / unit;
  };
  for (let at = 0; at < a.byteLength; at += width) most = Math.max(most, Math.abs(place(p, at) - place(q, at)));
  return most;
}

/** A small fixed generator (mulberry32), so that every machine checks the same values. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Values that break careless sums, the same element being hard in all ingredients: alike, of any size, cancelling to almost
 * nothing, subnormal, ±0, ties. Finite in `dataType`.
 */
export function hardValues(dataType: StorageType, ingredients: number, elements: number, seed = 1): readonly Uint8Array<ArrayBuffer>[] {
  const next = random(seed);
  const [least, most] = dataType === 'float16' ? [-24, 15] : [-149, 126];
  const signed = () => next() * 2 - 1;
  const values = Array.from({ length: ingredients }, () => new Float64Array(elements));
  for (let e = 0; e < elements; e++) {
    const scale = 2 ** (least + Math.floor(next() * (most - least)));
    const centre = signed() * scale;
    // Four alike, because the kernel sends four at once one way or the other.
    const kind = Math.floor(e / 4) % 8;
    values.forEach((value, i) => {
      switch (kind) {
        case 0:
          value[e] = signed() * 2 ** -4;
          break;
        case 1: // fine-tunes of one base
          value[e] = centre * (1 + signed() * 2 ** -8);
          break;
        case 2: // cancels pairwise, all but a little
          value[e] = (i % 2 === 0 ? centre : -centre) + signed() * scale * 2 ** -20;
          break;
        case 3: // any sizes at all
          value[e] = signed() * 2 ** (least + Math.floor(next() * (most - least)));
          break;
        case 4: // subnormal
          value[e] = signed() * 2 ** (least + 6);
          break;
        case 5:
          value[e] = next() < 0.5 ? 0 : -0;
          break;
        case 6: // neighbours, so that means are ties
          value[e] = 1 + Math.floor(next() * 3) * (dataType === 'float32' ? 2 ** -23 : 2 ** -7);
          break;
        default: // large, a little, large: what is left is exact in float64
          value[e] = i === 0 ? 2 ** 14 : i === ingredients - 1 ? -(2 ** 14) : signed() * 2 ** -8;
      }
    });
  }
  return values.map((value) => encodeValues(dataType, value));
}

/**
 * Averages a few thousand hard numbers on this machine and compares with a float64 loop, so that a compiler which breaks the
 * compensated sums is noticed before anyone trusts a soup. ~20 ms. @throws what the kitchen throws.
 */
export async function checkAveraging(kitchen: Pick<Kitchen, 'cookStreamed' | 'readBack'>): Promise<AveragingCheck> {
  let elements = 0;
  let maxUlp = 0;
  for (const [dataType, count, weights] of [
    ['float32', 3, [1 / 3, 1 / 3, 1 / 3]],
    ['float32', 8, [0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]],
    ['float16', 3, [0.5, 0.3, 0.2]],
  ] as const) {
    const spec: TensorSpec = { name: 'check', dataType, elements: 1600 };
    const parts = hardValues(dataType, count, spec.elements);
    const sources = parts.map(
      (bytes, i): IngredientSource => ({ name: `check ${i}`, read: async (_, offset, length) => bytes.slice(offset, offset + length) }),
    );
    const plan = planMemory({
      specs: [spec],
      ingredients: count,
      budgetBytes: 2 ** 28,
      provider: 'webgpu',
      sessions: 1,
      constantsBytes: 0,
    });
    const set = await kitchen.cookStreamed([spec], sources, weights, plan);
    try {
      const expected = encodeValues(
        dataType,
        weightedSum64(
          parts.map((bytes) => decodeValues(dataType, bytes)),
          weights,
        ),
      );
      for await (const { bytes } of kitchen.readBack(set)) maxUlp = Math.max(maxUlp, ulpDistance(dataType, bytes, expected));
    } finally {
      set.release();
    }
    elements += spec.elements;
  }
  return { elements, maxUlp, ok: maxUlp <= 1 };
}
