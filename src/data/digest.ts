import type { Dataset } from './types.ts';

/**
 * SHA-256 (hex) of a dataset: over the hashes of its values and of its labels, and its kind and dims. `crypto.subtle` takes one
 * buffer, so hashing the parts first spares a copy of the whole set.
 */
export async function digestDataset(dataset: Omit<Dataset, 'sha256' | 'name'>): Promise<string> {
  const shape = new TextEncoder().encode(`${dataset.kind} ${dataset.n} ${dataset.itemDims.join(' ')} ${dataset.labels ? 'labelled' : ''}`);
  const all = new Uint8Array(64 + shape.length);
  all.set(await sha256(dataset.values), 0);
  all.set(await sha256(dataset.labels ?? new Int32Array()), 32);
  all.set(shape, 64);
  return Array.from(await sha256(all), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function sha256(view: ArrayBufferView<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', view));
}

/** The finished dataset: its parts and its hash. */
export async function finishDataset(dataset: Omit<Dataset, 'sha256'>): Promise<Dataset> {
  return { ...dataset, sha256: await digestDataset(dataset) };
}
