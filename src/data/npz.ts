import { finishDataset } from './digest.ts';
import { labelsFrom } from './labels.ts';
import { limits, refuse } from './limits.ts';
import { type NpyArray, readNpy, shapeText } from './npy.ts';
import type { Dataset, ReadOptions } from './types.ts';
import { readZipDirectory, readZipEntry, type ZipEntry } from './zip.ts';

/** Names under which people keep examples and labels, best first; compared without case. Pairs that belong together share a place. */
const exampleNames = ['x', 'x_test', 'x_val', 'test_images', 'val_images', 'images', 'image', 'data', 'inputs', 'arr_0'];
const labelNames = ['y', 'y_test', 'y_val', 'test_labels', 'val_labels', 'labels', 'label', 'targets', 'target', 'arr_1'];

/** Reads a .npz of examples `x` and labels `y` (or what people call them). A set without labels is unlabelled, not wrong. */
export async function readNpz(blob: Blob, file: string, options: ReadOptions): Promise<Dataset> {
  const entries = (await readZipDirectory(blob, file)).filter((entry) => entry.name.endsWith('.npy'));
  const x = find(entries, exampleNames);
  if (!x) {
    const found = entries.map((entry) => arrayName(entry)).join(', ') || 'none';
    return refuse(
      'not-a-dataset',
      file,
      `has no array "x" (arrays found: ${found})`,
      'Write it with numpy.savez_compressed(name, x=…, y=…).',
      {
        expected: 'x, y',
        found,
      },
    );
  }
  const y = find(entries, labelNames);
  const read = async (entry: ZipEntry) =>
    readNpy(await readZipEntry(blob, entry, file, limits.arrayBytes), file, `array "${arrayName(entry)}"`);
  const examples = examplesFrom(await read(x), file, arrayName(x));
  const labels = y && labelsFrom(await read(y), examples.n, file, arrayName(y));
  return finishDataset({
    ...examples,
    name: options.name,
    ...(labels && { labels }),
    ...(options.classNames && { classNames: options.classNames }),
  });
}

function arrayName(entry: ZipEntry): string {
  return entry.name.replace(/\.npy$/, '');
}

function find(entries: readonly ZipEntry[], names: readonly string[]): ZipEntry | undefined {
  const byName = new Map(entries.map((entry) => [arrayName(entry).toLowerCase(), entry]));
  for (const name of names) {
    const entry = byName.get(name);
    if (entry) return entry;
  }
  return undefined;
}

/**
 * What an array of examples is: uint8 of 2 dims an image, or 3 with one or three channels first or last, is pixels and comes out
 * as n × height × width × channels; everything else is a float32 tensor that the model gets as it is.
 */
export function examplesFrom(array: NpyArray, file: string, name: string): Pick<Dataset, 'n' | 'kind' | 'values' | 'itemDims'> {
  const [n, ...item] = array.shape;
  if (n === undefined || item.length === 0) {
    return refuse(
      'dataset-shape',
      file,
      `array "${name}" has shape ${shapeText(array.shape)}, [n, …] expected`,
      'Put one example in every row of x.',
      {
        expected: '[n, …]',
        found: shapeText(array.shape),
      },
    );
  }
  if (n === 0 || item.includes(0)) {
    return refuse(
      'zero-examples',
      file,
      `array "${name}" has shape ${shapeText(array.shape)}: zero examples, at least 1 expected`,
      'Give a file that holds examples.',
      {
        expected: 'at least 1',
        found: '0',
      },
    );
  }
  const [first, second, third] = item;
  if (array.dtype === 'u1' && array.values instanceof Uint8Array && first !== undefined && second !== undefined) {
    const values = array.values;
    if (item.length === 2) return { n, kind: 'pixels', values, itemDims: [first, second, 1] };
    // Three numbers: channels last if the last says so, for [h,w,3] is far commoner than a picture 1 or 3 pixels high.
    if (item.length === 3 && (third === 1 || third === 3)) return { n, kind: 'pixels', values, itemDims: [first, second, third] };
    if (item.length === 3 && third !== undefined && (first === 1 || first === 3)) {
      return { n, kind: 'pixels', values: channelsLast(values, n, first, second * third), itemDims: [second, third, first] };
    }
  }
  const values = array.values instanceof Float32Array ? array.values : Float32Array.from(array.values);
  return { n, kind: 'tensor', values, itemDims: item };
}

function channelsLast(values: Uint8Array<ArrayBuffer>, n: number, channels: number, pixels: number): Uint8Array<ArrayBuffer> {
  if (channels === 1) return values;
  const out = new Uint8Array(values.length);
  let read = 0;
  for (let example = 0; example < n; example++) {
    for (let channel = 0; channel < channels; channel++) {
      let write = example * channels * pixels + channel;
      for (let pixel = 0; pixel < pixels; pixel++, write += channels) out[write] = values[read++] as number;
    }
  }
  return out;
}
