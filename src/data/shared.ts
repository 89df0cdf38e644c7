import type { Dataset } from './types.ts';

/** Bytes of an example that go into its hash; a hit is compared byte by byte, so more would only cost time. */
const hashedBytes = 2048;

/**
 * How many examples of `b` also stand in `a`, byte for byte. Sets of another kind or other dims share none. Labels don't count:
 * the same picture under two labels is still the same picture.
 */
export function sharedExamples(a: Dataset, b: Dataset): number {
  if (a.kind !== b.kind || a.itemDims.join() !== b.itemDims.join()) return 0;
  const [inA, inB] = [examplesOf(a), examplesOf(b)];
  const known = new Map<number, number[]>();
  for (let example = 0; example < a.n; example++) {
    const hash = hashOf(inA(example));
    const same = known.get(hash);
    if (same) same.push(example);
    else known.set(hash, [example]);
  }
  let shared = 0;
  for (let example = 0; example < b.n; example++) {
    const bytes = inB(example);
    if (known.get(hashOf(bytes))?.some((other) => equal(inA(other), bytes))) shared++;
  }
  return shared;
}

function examplesOf({ values, n }: Dataset): (example: number) => Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const size = bytes.length / n;
  return (example) => bytes.subarray(example * size, (example + 1) * size);
}

/** FNV-1a over evenly spread bytes, in 32 bits. */
function hashOf(bytes: Uint8Array): number {
  const step = Math.max(1, Math.floor(bytes.length / hashedBytes));
  let hash = 2166136261;
  for (let at = 0; at < bytes.length; at += step) hash = Math.imul(hash ^ (bytes[at] as number), 16777619);
  return hash;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
