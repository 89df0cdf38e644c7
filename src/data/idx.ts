import { finishDataset } from './digest.ts';
import { labelsFrom } from './labels.ts';
import { limits, refuse } from './limits.ts';
import type { NpyArray } from './npy.ts';
import { examplesFrom } from './npz.ts';
import { inflateAll, readBytes } from './stream.ts';
import type { DataFile, Dataset, ReadOptions } from './types.ts';

/**
 * Reads a pair of IDX files (LeCun's MNIST format: magic 00 00 type rank, big-endian dims, data), plain or gzipped, of unsigned
 * bytes. Which is which is told by the rank; that they belong together by what their names have in common.
 */
export async function readIdxPair(files: readonly DataFile[], options: ReadOptions): Promise<Dataset> {
  const read = await Promise.all(files.map(async (file) => ({ file: file.path, array: await readIdx(file) })));
  const images = read.filter(({ array }) => array.shape.length > 1);
  const labels = read.filter(({ array }) => array.shape.length === 1);
  const [image, label] = [images[0], labels[0]];
  if (!image || !label) {
    const lone = (image ?? label)?.file ?? options.name;
    const missing = counterpart(lone);
    return refuse('not-a-dataset', lone, `is one half of a pair; ${missing} is missing`, `Drop ${missing} together with it.`, {
      expected: missing,
      found: 'no such file',
    });
  }
  if (images.length > 1 || labels.length > 1) {
    return refuse(
      'not-a-dataset',
      image.file,
      `stands with ${images.length} image files and ${labels.length} label files, 1 and 1 expected`,
      'Drop one pair a set.',
      {
        expected: '1 and 1',
        found: `${images.length} and ${labels.length}`,
      },
    );
  }
  if (stem(image.file) !== stem(label.file)) {
    return refuse(
      'not-a-dataset',
      image.file,
      `doesn't belong to ${label.file}; ${counterpart(image.file)} is missing`,
      `Drop ${counterpart(image.file)} together with it.`,
      {
        expected: counterpart(image.file),
        found: baseName(label.file),
      },
    );
  }
  const examples = examplesFrom(image.array, image.file, 'images');
  return finishDataset({
    ...examples,
    name: options.name,
    labels: labelsFrom(label.array, examples.n, label.file, 'labels'),
    ...(options.classNames && { classNames: options.classNames }),
  });
}

async function readIdx({ path, blob }: DataFile): Promise<NpyArray> {
  const head = await readBytes(blob, 0, 4, path);
  const gzipped = head[0] === 0x1f && head[1] === 0x8b;
  if (!gzipped && blob.size > limits.arrayBytes) {
    refuse('limit', path, `has ${blob.size} bytes, at most ${limits.arrayBytes} expected`, 'Split the set into smaller files.');
  }
  const bytes = gzipped ? await inflateAll(blob, 'gzip', path) : await readBytes(blob, 0, blob.size, path);
  const view = new DataView(bytes.buffer);
  const rank = bytes[3] ?? 0;
  const again = 'Give the files as they were published, or an .npz with arrays x and y.';
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 8 || rank < 1 || rank > 4) {
    const found = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    refuse('not-a-dataset', path, `starts with ${found}, an IDX file of unsigned bytes starts with 00 00 08`, again, {
      expected: '00 00 08',
      found,
    });
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) refuse('truncated', path, `ends inside its header (${bytes.length} bytes)`, again);
  const shape = Array.from({ length: rank }, (_, dim) => view.getUint32(4 + 4 * dim));
  const expected = shape.reduce((product, dim) => product * dim, 1);
  if (expected !== bytes.length - start) {
    refuse('truncated', path, `has dims [${shape.join(',')}], ${expected} bytes expected, ${bytes.length - start} found`, again, {
      expected: `${expected}`,
      found: `${bytes.length - start}`,
    });
  }
  return { dtype: 'u1', shape, values: bytes.subarray(start) };
}

function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** `t10k-images-idx3-ubyte.gz` → `t10k-labels-idx1-ubyte.gz`, and back. */
function counterpart(path: string): string {
  const name = baseName(path);
  return /images/i.test(name)
    ? name.replace(/images/i, 'labels').replace(/idx3/i, 'idx1')
    : name.replace(/labels/i, 'images').replace(/idx1/i, 'idx3');
}

/** What a pair's names have in common. Names without `images` or `labels` in them say nothing and pair with anything. */
function stem(path: string): string {
  const name = baseName(path).toLowerCase().replace(/\.gz$/, '');
  return /^(.*?)(images|labels)/.exec(name)?.[1] ?? '';
}
