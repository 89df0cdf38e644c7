import type { PreparedSet, Preprocessing } from './types.ts';

/** One 256-entry table of finished values a channel. Keyed by object, so edited preprocessing gets its own tables. */
const tables = new WeakMap<Preprocessing, readonly Float32Array[]>();

/** The model's value of every possible pixel: (pixel × scale − mean) / std, each step rounded to float32 as a float32 program would. */
function channelTables(preprocessing: Preprocessing): readonly Float32Array[] {
  const known = tables.get(preprocessing);
  if (known) return known;
  const { fround } = Math;
  const made = Array.from({ length: preprocessing.channels }, (_, channel) => {
    const mean = fround(preprocessing.mean[channel] ?? preprocessing.mean[0] ?? 0);
    const std = fround(preprocessing.std[channel] ?? preprocessing.std[0] ?? 1);
    return Float32Array.from({ length: 256 }, (_, pixel) => fround(fround(pixel * preprocessing.scale) - mean) / std);
  });
  tables.set(preprocessing, made);
  return made;
}

/** Elements of one example as the model takes it: the product of its input dims. */
export function itemElements(set: PreparedSet): number {
  return set.inputDims.reduce((product, dim) => product * dim, 1);
}

/**
 * Writes examples `indices[from … from + count)` into the start of `out` as the model's input, row-major
 * `[count, ...inputDims]`, float32. Pixels become (pixel × scale − mean) / std in the layout of the preprocessing; tensors are
 * copied. Throws where an index, the sizes or `out` don't fit: `prepareSet` has made sure of the sizes.
 */
export function fillBatch(set: PreparedSet, indices: Uint32Array, from: number, count: number, out: Float32Array): void {
  const elements = itemElements(set);
  if (from < 0 || count < 0 || from + count > indices.length) {
    throw new Error(`fillBatch: examples ${from} to ${from + count} asked for, ${indices.length} listed`);
  }
  if (out.length < count * elements) throw new Error(`fillBatch: out holds ${out.length} values, ${count * elements} needed`);
  const { values, n } = set.dataset;
  if (values.length !== n * elements) throw new Error(`fillBatch: the set holds ${values.length} values, ${n} × ${elements} expected`);
  for (let row = 0; row < count; row++) {
    const example = indices[from + row] ?? n;
    if (example >= n) throw new Error(`fillBatch: example ${example} of ${n} asked for`);
    writeExample(set, example * elements, elements, out, row * elements);
  }
}

function writeExample(set: PreparedSet, start: number, elements: number, out: Float32Array, at: number): void {
  const { dataset, preprocessing } = set;
  const { values } = dataset;
  if (dataset.kind === 'tensor' || !preprocessing) {
    out.set(values.subarray(start, start + elements), at);
    return;
  }
  const channels = preprocessing.channels;
  const planar = preprocessing.layout === 'NCHW';
  const pixels = elements / channels;
  // Stored as height × width × channels; NCHW gathers every channels-th value into its plane.
  channelTables(preprocessing).forEach((table, channel) => {
    const step = planar ? 1 : channels;
    let to = planar ? at + channel * pixels : at + channel;
    let read = start + channel;
    for (let pixel = 0; pixel < pixels; pixel++) {
      // Both reads are inside: a pixel is a byte and the sizes were checked by fillBatch.
      out[to] = table[values[read] as number] as number;
      read += channels;
      to += step;
    }
  });
}
