import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import images from '../../e2e/fixtures/images.json';
import { fixture, fixturesIn, golden, numbers } from './fixtures/golden.ts';
import { type DataFile, needsDecoding, type Preprocessing, readDataset, resizeDataset } from './index.ts';

const grey28: Preprocessing = { width: 28, height: 28, channels: 1, layout: 'NCHW', scale: 1 / 255, mean: [0], std: [1], resize: 'none' };
const colour24: Preprocessing = { ...grey28, width: 24, height: 24, channels: 3, resize: 'shortest-edge', resizeTo: 24 };

async function read(files: readonly DataFile[], preprocessing: Preprocessing | undefined, classNames?: readonly string[]) {
  const result = await readDataset(files, { name: 'set', ...(preprocessing && { preprocessing }), ...(classNames && { classNames }) });
  if (!result.ok) throw new Error(result.problem.text);
  return result.dataset;
}

async function problemWith(files: readonly DataFile[], preprocessing: Preprocessing | undefined, classNames?: readonly string[]) {
  const result = await readDataset(files, { name: 'set', ...(preprocessing && { preprocessing }), ...(classNames && { classNames }) });
  return result.ok ? undefined : result.problem;
}

const grey = () => Promise.all(fixturesIn('e2e/images').map((path) => fixture(`e2e/images/${path}`)));
const pictures = () => Promise.all(fixturesIn('pictures').map((path) => fixture(`pictures/${path}`)));

async function sha256(bytes: Uint8Array<ArrayBuffer>) {
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('class folders of grey PNGs', () => {
  test.each(['folder', 'zip'])('as %s: every pixel as Pillow reads it, labels by the names given, examples by path', async (way) => {
    const files = way === 'zip' ? [await fixture('e2e/images.zip')] : (await grey()).reverse();
    const dataset = await read(files, grey28, images.classes);
    const byPath = [...images.images].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(dataset.n).toBe(byPath.length);
    expect([...(dataset.labels ?? [])]).toEqual(byPath.map((image) => image.label));
    for (const [example, image] of byPath.entries()) {
      expect(await sha256(dataset.values.slice(example * 784, (example + 1) * 784) as Uint8Array<ArrayBuffer>), image.path).toBe(
        image.pixelsSha256,
      );
    }
  });

  test('without names, sorted folder names are the classes; folders named by numbers are class indices', async () => {
    const files = await grey();
    const sorted = await read(files, grey28);
    expect(sorted.classNames).toEqual(['Bag', 'Sneaker', 'Trouser']);
    expect([...new Set(sorted.labels)]).toEqual([0, 1, 2]);
    const number: Readonly<Record<string, string>> = { Bag: '8', Sneaker: '10', Trouser: '1' };
    const numbered = await read(
      files.map(({ path, blob }) => ({ path: path.replace(/^\w+/, (name) => `val/${number[name]}`), blob })),
      grey28,
    );
    expect(numbered.classNames).toBeUndefined();
    expect([...new Set(numbered.labels)]).toEqual([1, 10, 8]);
  });

  test('pictures of one folder, or of none, are unlabelled', async () => {
    const files = await grey();
    const [first] = files;
    if (!first) throw new Error('no files');
    expect((await read([{ ...first, path: 'a.png' }], grey28)).labels).toBeUndefined();
    expect((await read([{ ...first, path: 'photos/a.png' }], grey28)).labels).toBeUndefined();
    expect(await problemWith([{ ...first, path: 'a.png' }, ...files], grey28)).toMatchObject({ kind: 'no-labels', file: 'a.png' });
  });
});

describe('colour pictures of several sizes and formats', () => {
  test('scaled by the shortest edge and centre-cropped as Pillow does it', async () => {
    const dataset = await read(await pictures(), colour24);
    expect(dataset.n).toBe(5);
    const paths = Object.keys(golden.pictures).sort();
    paths.forEach((path, example) => {
      const expected = numbers(golden.pictures[path as keyof typeof golden.pictures]);
      const found = dataset.values.subarray(example * 1728, (example + 1) * 1728);
      const errors = expected.map((value, at) => Math.abs(value - (found[at] ?? Number.NaN)));
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      // Lossless at its own size: exact. Otherwise the browser's resampling and JPEG's inverse transform are not Pillow's.
      const tolerance = /exact|grey/.test(path) ? 0 : 2.5;
      expect(mean, path).toBeLessThanOrEqual(tolerance);
    });
  });

  test('of another size, where nothing may be resized', async () => {
    expect(await problemWith(await pictures(), { ...colour24, resize: 'none' })).toMatchObject({
      kind: 'dataset-shape',
      expected: '24 × 24',
    });
  });

  test('what they were decoded by is remembered', async () => {
    const dataset = await read(await pictures(), { ...colour24, resize: 'exact' });
    expect(needsDecoding(dataset, { ...colour24, resize: 'exact', mean: [0.5] })).toBe(false);
    expect(needsDecoding(dataset, colour24)).toBe(true);
  });
});

test('array pictures are resized to the model by the same drawing', async () => {
  const dataset = await read([await fixture('e2e/tiny/select.npz')], undefined);
  const twice = await resizeDataset(
    { ...dataset, n: 2, values: dataset.values.slice(0, 1568) as Uint8Array<ArrayBuffer> },
    { ...grey28, width: 56, height: 56, resize: 'exact' },
  );
  expect(twice.itemDims).toEqual([56, 56, 1]);
  const mean = (values: Iterable<number>) => [...values].reduce((sum, value, _, all) => sum + value / all.length, 0);
  // Enlarging keeps the mean brightness, but for the border.
  expect(Math.abs(mean(twice.values.subarray(3136)) - mean(dataset.values.subarray(784, 1568)))).toBeLessThan(1);
  expect(await resizeDataset(dataset, grey28)).toBe(dataset);
});

describe('refused', () => {
  test('pictures before any size is known, of unknown classes, damaged or huge', async () => {
    const files = await grey();
    const [first] = files;
    if (!first) throw new Error('no files');
    expect(await problemWith(files, undefined)).toMatchObject({ kind: 'preprocessing' });
    expect(await problemWith(files, grey28, ['Bag', 'Trouser'])).toMatchObject({ kind: 'label-range', found: 'Sneaker' });
    const bytes = new Uint8Array(await first.blob.arrayBuffer());
    expect(await problemWith([{ path: 'a/cut.png', blob: new Blob([bytes.slice(0, 60)]) }], grey28)).toMatchObject({
      kind: 'not-a-dataset',
      file: 'a/cut.png',
    });
    const huge = bytes.slice();
    new DataView(huge.buffer).setUint32(16, 1_000_000);
    new DataView(huge.buffer).setUint32(20, 1_000_000);
    expect(await problemWith([{ path: 'a/huge.png', blob: new Blob([huge]) }], grey28)).toMatchObject({
      kind: 'limit',
      found: '1000000000000',
    });
    const text = zipSync({ 'a/lies.png': new TextEncoder().encode('no picture') });
    expect(await problemWith([{ path: 'a.zip', blob: new Blob([new Uint8Array(text)]) }], grey28)).toMatchObject({
      kind: 'not-a-dataset',
      file: 'a/lies.png',
    });
  });

  test('an aborted read rejects with the reason', async () => {
    await expect(readDataset(await grey(), { name: 'set', preprocessing: grey28, signal: AbortSignal.abort('stop') })).rejects.toBe('stop');
  });
});
