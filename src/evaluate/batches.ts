import type { PreparedSet } from '../data/index.ts';

/** Product of dims: elements of one example (1 for no dims). */
export function itemElements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * The examples `indices[from … from + count)` of a set as a small set of their own, copied as they are stored. This is what
 * travels to a wasm worker: a few kilobytes a batch instead of a copy of the whole set in every worker.
 */
export function sliceOfSet(set: PreparedSet, indices: Uint32Array, from: number, count: number): PreparedSet {
  const { dataset } = set;
  const size = itemElements(dataset.itemDims);
  const values = dataset.kind === 'pixels' ? new Uint8Array(count * size) : new Float32Array(count * size);
  for (let row = 0; row < count; row++) {
    const start = (indices[from + row] ?? 0) * size;
    values.set(dataset.values.subarray(start, start + size), row * size);
  }
  const { labels: _labels, classNames: _classNames, ...rest } = dataset;
  return { ...set, dataset: { ...rest, n: count, values } };
}

/** 0, 1, … n − 1. */
export function firstIndices(n: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: n }, (_, i) => i);
}

/** Throws where an index lies outside the set: a wrong index would silently score another example. */
export function assertIndices(set: PreparedSet, indices: Uint32Array): void {
  for (const index of indices) {
    if (index >= set.dataset.n) throw new Error(`${set.dataset.name}: example ${index} was asked for, it has ${set.dataset.n}`);
  }
}
