import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../problem/index.ts';
import { fixture, golden, numbers } from './fixtures/golden.ts';
import { readDataset } from './index.ts';
import { limits } from './limits.ts';
import { readNpy } from './npy.ts';
import { readZipDirectory, readZipEntry } from './zip.ts';

async function arraysOf(name: string) {
  const { blob, path } = await fixture(name);
  const entries = await readZipDirectory(blob, path);
  const read = entries.map(
    async (entry) => [entry.name.replace('.npy', ''), readNpy(await readZipEntry(blob, entry, path, 1e6), path, entry.name)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

async function refused(...paths: readonly string[]) {
  const result = await readDataset(await Promise.all(paths.map(fixture)), { name: 'set' });
  if (result.ok) throw new Error(`${paths} was read`);
  return result.problem;
}

async function read(...paths: readonly string[]) {
  const result = await readDataset(await Promise.all(paths.map(fixture)), { name: 'set' });
  if (!result.ok) throw new Error(result.problem.text);
  return result.dataset;
}

describe.each(['zoo.npz', 'zoo-v2.npz', 'zoo-v3.npz', 'zip64.npz'])('%s', (name) => {
  test('every array equals what numpy reads', async () => {
    const arrays = Object.entries(await arraysOf(name));
    expect(arrays.length).toBe(name === 'zip64.npz' ? 2 : Object.keys(golden.zoo).length);
    for (const [key, array] of arrays) {
      const expected = golden.zoo[key as keyof typeof golden.zoo];
      expect(array.shape, key).toEqual(expected.shape);
      expect([...array.values], key).toEqual(numbers(expected.values));
    }
  });
});

describe('what an .npz means', () => {
  const expected = { pixels: numbers(golden.colour.pixels), labels: numbers(golden.colour.labels) };

  test.each(['colour-hwc.npz', 'colour-chw.npz'])('%s: pixels as n × height × width × channels, whatever they are called', async (name) => {
    const dataset = await read(name);
    expect([dataset.n, ...dataset.itemDims]).toEqual(golden.colour.dims);
    expect(dataset.kind).toBe('pixels');
    expect([...dataset.values]).toEqual(expected.pixels);
    expect([...(dataset.labels ?? [])]).toEqual(expected.labels);
  });

  test('the hash is that of the content, not of the way it was written', async () => {
    const [hwc, chw, floats] = await Promise.all([read('colour-hwc.npz'), read('colour-chw.npz'), read('floats.npz')]);
    expect(hwc.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(chw.sha256).toBe(hwc.sha256);
    expect(floats.sha256).not.toBe(hwc.sha256);
  });

  test('floats are a tensor, labels may be whole floats, and x_test goes before x_train', async () => {
    const dataset = await read('floats.npz');
    expect(dataset).toMatchObject({ kind: 'tensor', n: 6, itemDims: [5, 4, 3] });
    expect([...dataset.values]).toEqual(numbers(golden.normalised));
    expect([...(dataset.labels ?? [])]).toEqual(expected.labels);
  });
});

test('an IDX pair, plain or gzipped, in any order, equals the .npz it was cut from', async () => {
  const npz = await read('e2e/tiny/select.npz');
  const plain = await read('e2e/idx/labels-idx1-ubyte', 'e2e/idx/images-idx3-ubyte');
  const gzipped = await read('e2e/idx/images-idx3-ubyte.gz', 'e2e/idx/labels-idx1-ubyte.gz');
  expect(plain.itemDims).toEqual(npz.itemDims);
  expect(plain.n).toBe(32);
  expect(plain.values).toEqual(npz.values.slice(0, plain.values.length));
  expect(plain.labels).toEqual(npz.labels?.slice(0, 32));
  expect(gzipped.sha256).toBe(plain.sha256);
});

describe('what is refused says why', () => {
  test.each([
    ['bad-objects.npz', 'not-a-dataset', /type \|O/],
    ['bad-names.npz', 'not-a-dataset', /no array "x" \(arrays found: left, right\)/],
    ['bad-fraction.npz', 'label-range', /label 0.5 of example 1/],
    ['bad-onehot.npz', 'dataset-shape', /shape \[3,3\].*\[3\]/],
    ['e2e/bad/mismatched-count.npz', 'dataset-shape', /15 labels for 16 examples/],
    ['e2e/bad/zero-examples.npz', 'zero-examples', /\[0,28,28\]/],
    ['e2e/idx/images-idx3-ubyte', 'not-a-dataset', /labels-idx1-ubyte is missing/],
    ['e2e/idx/labels-idx1-ubyte.gz', 'not-a-dataset', /images-idx3-ubyte.gz is missing/],
  ] as const)('%s', async (path, kind, text) => {
    const problem = await refused(path);
    expect(problem).toMatchObject({ kind, file: path.split('/').at(-1) });
    expect(problem.text).toMatch(text);
    expect(problem.remedy).not.toBe('');
  });

  const made = (path: string, bytes: Uint8Array<ArrayBuffer>) => readDataset([{ path, blob: new Blob([bytes]) }], { name: 'set' });
  async function kindOf(path: string, bytes: Uint8Array<ArrayBuffer>) {
    const result = await made(path, bytes);
    return result.ok ? 'read' : result.problem.kind;
  }
  /** A .npy with any header. */
  function npy(header: string, data = new Uint8Array()): Uint8Array<ArrayBuffer> {
    const text = new TextEncoder().encode(header);
    const head = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8, ...text);
    const bytes = new Uint8Array(head.length + data.length);
    bytes.set(head);
    bytes.set(data, head.length);
    return bytes;
  }
  const npz = (files: Record<string, Uint8Array>) => new Uint8Array(zipSync(files));
  const header = (shape: string, descr = '|u1') => `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;

  test('hostile and broken files', async () => {
    expect(await kindOf('a.npz', new Uint8Array())).toBe('empty-file');
    expect(await kindOf('a.npz', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10))).toBe('not-a-dataset');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy(header('4, 2, 2'), new Uint8Array(15)) }))).toBe('truncated');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy(header('99999999999999999999, 2')) }))).toBe('not-a-dataset');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy(header('4294967296, 4294967296')) }))).toBe('truncated');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy(header('-1, 2')) }))).toBe('not-a-dataset');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy('import os') }))).toBe('not-a-dataset');
    expect(await kindOf('a.npz', npz({ 'x.npy': Uint8Array.of(0x93, 0x4e, 0x55) }))).toBe('not-a-dataset');
    expect(await kindOf('a.zip', npz({ 'readme.txt': Uint8Array.of(1) }))).toBe('not-a-dataset');
    expect(await kindOf('a-images-idx3-ubyte', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 9))).toBe('truncated');
    expect(await kindOf('a-images-idx3-ubyte', Uint8Array.of(0, 0, 13, 3, 0, 0, 0, 9))).toBe('not-a-dataset');
    expect(await kindOf('a.npz', npz({ 'x.npy': npy(header('4, 2, 2'), new Uint8Array(16)) }))).toBe('read');
  });

  test('a file cut off anywhere, or with any byte of its data changed, is never read as if it were whole', async () => {
    const { blob } = await fixture('colour-chw.npz');
    const whole = new Uint8Array(await blob.arrayBuffer());
    for (let length = 1; length < whole.length; length += 37)
      expect(await kindOf('cut.npz', whole.slice(0, length)), `${length} bytes`).not.toBe('read');
    const flipped = whole.slice();
    flipped[300] = (flipped[300] ?? 0) ^ 1;
    const result = await made('flipped.npz', flipped);
    expect(result.ok ? '' : result.problem.text).toMatch(/CRC-32/);
  });

  test('an entry that claims more than deflate can give, or gives more than it claims, is a bomb', async () => {
    const bomb = npz({ 'x.npy': npy(header('60000, 28, 28'), new Uint8Array(1_000_000)) });
    const view = new DataView(bomb.buffer);
    // Uncompressed size in the central directory, 24 bytes behind its signature 50 4b 01 02.
    const directory = bomb.findLastIndex((byte, at) => byte === 0x50 && bomb[at + 1] === 0x4b && bomb[at + 2] === 1 && bomb[at + 3] === 2);
    const honest = view.getUint32(directory + 24, true);
    view.setUint32(directory + 24, 2_000_000_000, true);
    expect(await kindOf('bomb.npz', bomb)).toBe('limit');
    view.setUint32(directory + 24, 1000, true);
    expect(await kindOf('bomb.npz', bomb)).toBe('limit');
    view.setUint32(directory + 24, honest + 5, true);
    expect(await kindOf('bomb.npz', bomb)).toBe('truncated');
  });

  test('an array past the limit is refused before anything is allocated', async () => {
    const { blob, path } = await fixture('zoo.npz');
    const [entry] = await readZipDirectory(blob, path);
    if (!entry) throw new Error('no entry');
    const thrown = await readZipEntry(
      blob,
      { ...entry, bytes: limits.arrayBytes + 1, compressedBytes: limits.arrayBytes },
      path,
      limits.arrayBytes,
    ).catch(problemOf);
    expect(thrown).toMatchObject({ kind: 'limit', found: `${limits.arrayBytes + 1}` });
  });
});
