import { type Problem, problemOf } from '../problem/index.ts';
import { readIdxPair } from './idx.ts';
import { readImageFiles, readImageZip } from './imageFolder.ts';
import { refuse } from './limits.ts';
import { readNpz } from './npz.ts';
import { type DatasetFormat, recogniseDataset } from './recognise.ts';
import { readBytes } from './stream.ts';
import type { DataFile, Dataset, ReadOptions } from './types.ts';
import { readZipDirectory } from './zip.ts';

export type ReadResult = { readonly ok: true; readonly dataset: Dataset } | { readonly ok: false; readonly problem: Problem };

/**
 * Reads the files of one set (one .npz, a pair of IDX files, the images of class folders, or a zip of them) into the one shape.
 * What is wrong with them comes back as a problem; only a bug or an aborted signal rejects.
 */
export async function readDataset(files: readonly DataFile[], options: ReadOptions): Promise<ReadResult> {
  try {
    return { ok: true, dataset: await read(files, options) };
  } catch (thrown) {
    const found = problemOf(thrown);
    if (found) return { ok: false, problem: found };
    throw thrown;
  }
}

async function read(files: readonly DataFile[], options: ReadOptions): Promise<Dataset> {
  const [first] = files;
  if (!first)
    return refuse('zero-examples', options.name, 'holds no files, at least 1 expected', 'Drop the file or folder of the set again.');
  for (const { path, blob } of files) {
    if (blob.size === 0)
      refuse('empty-file', path, 'is empty (0 bytes)', 'Copy or download the file again.', { expected: 'at least 1 byte', found: '0' });
  }
  const format = await formatOf(first);
  if (format === 'idx') return readIdxPair(files, options);
  if (format === 'image') return readImageFiles(files, options);
  if (files.length > 1) {
    return refuse('not-a-dataset', options.name, `is made of ${files.length} files, 1 expected for ${first.path}`, 'Drop one file a set.', {
      expected: '1',
      found: `${files.length}`,
    });
  }
  if (format === 'npz') return readNpz(first.blob, first.path, options);
  const entries = await readZipDirectory(first.blob, first.path);
  if (entries.some((entry) => /\.npy$/i.test(entry.name))) return readNpz(first.blob, first.path, options);
  return readImageZip(first, entries, options);
}

async function formatOf(file: DataFile): Promise<DatasetFormat> {
  const head = await readBytes(file.blob, 0, 16, file.path);
  const format = recogniseDataset(file.path, head);
  const isZip = head[0] === 0x50 && head[1] === 0x4b;
  if (format && (isZip || (format !== 'npz' && format !== 'zip'))) return format;
  const start = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return refuse('not-a-dataset', file.path, `starts with the bytes ${start}, a zip starts with 50 4b`, formats, {
    expected: '50 4b',
    found: start,
  });
}

const formats = 'Give an .npz with arrays x and y, a pair of IDX files, or a folder or zip of class folders with images.';
