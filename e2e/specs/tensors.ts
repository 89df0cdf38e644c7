import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBlob, readModel, readTensor } from '../../src/onnx/index.ts';

/** float32 initializers of a model on disk, by name. */
export async function tensorsOf(path: string): Promise<ReadonlyMap<string, Float32Array>> {
  const read = await readModel(fromBlob(path, new Blob([readFileSync(path)])), []);
  if (!read.ok) throw new Error(read.problem.text);
  const floats = read.model.initializers.filter((one) => one.dataType === 'float32');
  const entries = floats.map(async (one): Promise<[string, Float32Array]> => {
    const bytes = await readTensor(one);
    return [one.name, new Float32Array(bytes.buffer, bytes.byteOffset, one.elements)];
  });
  return new Map(await Promise.all(entries));
}

/** The mean in float64, summed in the order given: what `expected.json` has the hash of. */
export function meanOf(tensors: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(tensors[0]?.length ?? 0);
  for (const tensor of tensors) for (let i = 0; i < mean.length; i += 1) mean[i] = (mean[i] ?? 0) + (tensor[i] ?? 0);
  return mean.map((value) => value / tensors.length);
}

export function sha256(values: Float32Array | Float64Array): string {
  return createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');
}

/** Position of a float32 on the number line of all float32s: neighbours differ by one unit in the last place. */
function place(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const unsigned = bits.getUint32(0);
  return unsigned >= 2 ** 31 ? 2 ** 31 - unsigned : unsigned;
}

/** Largest distance from the exact mean rounded to float32, in units in the last place. */
export function worstUlp(found: Float32Array, exact: Float64Array): number {
  let worst = found.length === exact.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < exact.length; i += 1) {
    worst = Math.max(worst, Math.abs(place(found[i] ?? Number.NaN) - place(Math.fround(exact[i] ?? Number.NaN))));
  }
  return worst;
}
