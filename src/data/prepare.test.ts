import { describe, expect, test } from 'vitest';
import { fixture, golden, numbers } from './fixtures/golden.ts';
import {
  checkLabels,
  type Dataset,
  fillBatch,
  guessPreprocessing,
  itemElements,
  type PreparedSet,
  type Preprocessing,
  prepareSet,
  preview,
  readDataset,
  sharedExamples,
  splitSet,
} from './index.ts';

const input = (...dims: readonly (number | string)[]) => ({ name: 'input', dataType: 'float32', dims }) as const;

async function read(path: string): Promise<Dataset> {
  const result = await readDataset([await fixture(path)], { name: path });
  if (!result.ok) throw new Error(result.problem.text);
  return result.dataset;
}

function prepared(dataset: Dataset, dims: readonly (number | string)[], preprocessing?: Preprocessing): PreparedSet {
  const set = prepareSet(dataset, input(...dims), preprocessing);
  if ('text' in set) throw new Error(set.text);
  return set;
}

/** 6 colour pictures of 5 × 4, normalised as ImageNet's. */
const colour = (layout: Preprocessing['layout']): Preprocessing => ({
  width: 4,
  height: 5,
  channels: 3,
  layout,
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  resize: 'none',
});
const [height, width] = [5, 4];

describe('fillBatch', () => {
  const expected = numbers(golden.normalised);

  test('NHWC equals float32 ToTensor and Normalize, bit for bit, for the examples asked for', async () => {
    const set = prepared(await read('colour-hwc.npz'), ['N', 5, 4, 3], colour('NHWC'));
    const out = new Float32Array(2 * 60 + 1).fill(-7);
    fillBatch(set, Uint32Array.of(3, 5, 0, 1), 1, 2, out);
    expect([...out]).toEqual([...expected.slice(300, 360), ...expected.slice(0, 60), -7]);
  });

  test('NCHW has the same numbers in planes', async () => {
    const set = prepared(await read('colour-hwc.npz'), ['N', 3, 5, 4], colour('NCHW'));
    expect(set.inputDims).toEqual([3, 5, 4]);
    const out = new Float32Array(6 * 60);
    fillBatch(set, Uint32Array.of(0, 1, 2, 3, 4, 5), 0, 6, out);
    for (let example = 0; example < 6; example++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let pixel = 0; pixel < height * width; pixel++) {
          expect(out[example * 60 + channel * 20 + pixel]).toBe(expected[example * 60 + pixel * 3 + channel]);
        }
      }
    }
  });

  test('one channel, and other preprocessing of the same set', async () => {
    const dataset = await read('e2e/tiny/select.npz');
    const grey: Preprocessing = { ...colour('NCHW'), width: 28, height: 28, channels: 1, mean: [0.286], std: [0.353] };
    for (const one of [grey, { ...grey, mean: [0], std: [0.5], scale: 1 }]) {
      const out = new Float32Array(784);
      fillBatch(prepared(dataset, ['batch', 1, 28, 28], one), Uint32Array.of(9), 0, 1, out);
      const want = Array.from(
        dataset.values.subarray(9 * 784, 10 * 784),
        (pixel) => (pixel * one.scale - (one.mean[0] ?? 0)) / (one.std[0] ?? 1),
      );
      // Three roundings to float32 of numbers up to 510: 2⁻²⁴ each, relative to the largest.
      out.forEach((value, at) => {
        expect(Math.abs(value - (want[at] ?? Number.NaN))).toBeLessThan(510 * 2 ** -22);
      });
    }
  });

  test('tensors are copied', async () => {
    const set = prepared(await read('floats.npz'), ['N', 5, 4, 3]);
    const out = new Float32Array(itemElements(set));
    fillBatch(set, Uint32Array.of(4), 0, 1, out);
    expect([...out]).toEqual(expected.slice(240, 300));
  });

  test('what does not fit throws', async () => {
    const set = prepared(await read('floats.npz'), ['N', 5, 4, 3]);
    expect(() => fillBatch(set, Uint32Array.of(6), 0, 1, new Float32Array(60))).toThrow(/example 6 of 6/);
    expect(() => fillBatch(set, Uint32Array.of(0), 0, 2, new Float32Array(120))).toThrow();
    expect(() => fillBatch(set, Uint32Array.of(0), 0, 1, new Float32Array(59))).toThrow();
  });
});

describe('prepareSet', () => {
  test('names both shapes where they differ', async () => {
    const set = prepareSet(await read('colour-hwc.npz'), input('N', 3, 32, 32), colour('NCHW'));
    expect(set).toMatchObject({ kind: 'dataset-shape', expected: '[N,3,32,32]', found: '[6,3,5,4]' });
    expect(prepareSet(await read('floats.npz'), input('N', 3, 5, 4))).toMatchObject({ kind: 'dataset-shape', found: '[6,5,4,3]' });
  });

  test('the pictures of the wrong size of e2e/fixtures/bad', async () => {
    const dataset = await read('e2e/bad/wrong-shape.npz');
    const guess = guessPreprocessing(['batch', 1, 28, 28], dataset);
    if ('text' in guess) throw new Error(guess.text);
    expect(prepareSet(dataset, input('batch', 1, 28, 28), guess.preprocessing)).toMatchObject({
      kind: 'dataset-shape',
      expected: '[28,28,1]',
      found: '[32,32,3]',
    });
  });

  test('dims of 1 and flat inputs', async () => {
    const dataset = await read('e2e/tiny/select.npz');
    for (const [dims, inputDims] of [
      [
        ['N', 28, 28],
        [28, 28],
      ],
      [['N', 784], [784]],
      [
        ['N', 1, 28, 28],
        [1, 28, 28],
      ],
      [
        ['N', '', 'h', 'w'],
        [1, 28, 28],
      ],
    ] as const) {
      const guess = guessPreprocessing(dims, dataset);
      if ('text' in guess) throw new Error(guess.text);
      expect(prepared(dataset, dims, guess.preprocessing).inputDims).toEqual(inputDims);
    }
    expect(prepareSet(dataset, input('N', 700), colour('NCHW'))).toMatchObject({ kind: 'dataset-shape' });
  });

  test('a deviation of 0, missing preprocessing, token inputs', async () => {
    const dataset = await read('colour-hwc.npz');
    const dims = input('N', 3, 5, 4);
    expect(prepareSet(dataset, dims, { ...colour('NCHW'), std: [0] })).toMatchObject({ kind: 'preprocessing' });
    expect(prepareSet(dataset, dims, { ...colour('NCHW'), mean: [0, 0] })).toMatchObject({ kind: 'preprocessing' });
    expect(prepareSet(dataset, dims)).toMatchObject({ kind: 'preprocessing' });
    expect(prepareSet(dataset, { ...dims, dataType: 'int64' }, colour('NCHW'))).toMatchObject({ kind: 'unsupported-model' });
  });
});

describe('labels', () => {
  test('outside the classes, missing, or of other classes', async () => {
    const outside = checkLabels(await read('e2e/bad/label-outside.npz'), 10);
    expect(outside).toMatchObject({ kind: 'label-range', found: '77', expected: '0 to 9' });
    expect(outside?.text).toContain('example 5');
    expect(checkLabels(await read('e2e/bad/no-labels.npz'), 10)).toMatchObject({ kind: 'no-labels' });
    const dataset = await read('colour-hwc.npz');
    expect(checkLabels(dataset, 4)).toBeUndefined();
    expect(checkLabels(dataset, Math.max(...numbers(golden.colour.labels)))).toMatchObject({ kind: 'label-range' });
    expect(checkLabels({ ...dataset, classNames: ['a', 'b', 'c'] }, 4)).toMatchObject({ kind: 'label-range', expected: '4', found: '3' });
    expect(checkLabels({ ...dataset, labels: Int32Array.of(0, -1, 0, 0, 0, 0) }, 4)).toMatchObject({ found: '-1' });
  });
});

test.each(['NCHW', 'NHWC'] as const)('the preview of a %s model shows the stored pixels again', async (layout) => {
  const dataset = await read('colour-hwc.npz');
  const pictures = preview(prepared(dataset, layout === 'NCHW' ? ['N', 3, 5, 4] : ['N', 5, 4, 3], colour(layout)), Uint32Array.of(2, 0));
  expect(pictures.length).toBe(2);
  const rgba = Array.from({ length: 20 }, (_, pixel) => [...dataset.values.subarray(120 + pixel * 3, 123 + pixel * 3), 255]).flat();
  expect([...(pictures[0] ?? [])]).toEqual(rgba);
});

test('shared examples are counted byte for byte', async () => {
  const select = await read('e2e/tiny/select.npz');
  const test_ = await read('e2e/tiny/test.npz');
  expect(sharedExamples(select, test_)).toBe(0);
  expect(sharedExamples(select, select)).toBe(select.n);
  const mixed = { ...test_, values: test_.values.slice() as Uint8Array<ArrayBuffer> };
  mixed.values.set(select.values.subarray(5 * 784, 8 * 784), 2 * 784);
  expect(sharedExamples(select, mixed)).toBe(3);
  mixed.values[2 * 784 + 5] = (mixed.values[2 * 784 + 5] ?? 0) ^ 1;
  expect(sharedExamples(select, mixed)).toBe(2);
  expect(sharedExamples(select, await read('colour-hwc.npz'))).toBe(0);
});

test('a split keeps classes in proportion, overlaps nowhere, and is the same for the same seed', async () => {
  const dataset = await read('e2e/tiny/select.npz');
  const split = await splitSet(dataset, 0.5, 3);
  if ('text' in split) throw new Error(split.text);
  const { select, report } = split;
  expect(select.n).toBe(Math.round(dataset.n / 2));
  expect(select.n + report.n).toBe(dataset.n);
  const count = (set: Dataset, label: number) => set.labels?.filter((one) => one === label).length ?? 0;
  for (let label = 0; label < 10; label++) expect(Math.abs(count(select, label) - count(dataset, label) / 2)).toBeLessThanOrEqual(1);
  expect(sharedExamples(dataset, select)).toBe(select.n);
  expect(sharedExamples(select, report)).toBe(sharedExamples(report, select));
  const again = await splitSet(dataset, 0.5, 3);
  const other = await splitSet(dataset, 0.5, 4);
  if ('text' in again || 'text' in other) throw new Error('split');
  expect(again.select.sha256).toBe(select.sha256);
  expect(other.select.sha256).not.toBe(select.sha256);
  expect(await splitSet(dataset, 0, 1)).toMatchObject({ kind: 'zero-examples' });
});

describe('guessPreprocessing', () => {
  const guess = (...dims: readonly (number | string)[]) => guessPreprocessing(dims, undefined);

  test('small, large, channels last', () => {
    expect(guess('N', 1, 28, 28)).toMatchObject({
      source: 'guessed',
      preprocessing: { channels: 1, layout: 'NCHW', mean: [0], std: [1], resize: 'exact' },
    });
    expect(guess('N', 3, 224, 224)).toMatchObject({
      preprocessing: { mean: [0.485, 0.456, 0.406], resize: 'shortest-edge', resizeTo: 256 },
    });
    expect(guess(1, 32, 32, 3)).toMatchObject({ preprocessing: { layout: 'NHWC', channels: 3, mean: [0, 0, 0], width: 32 } });
    expect(guess('N', 3, 64, 96)).toMatchObject({ preprocessing: { height: 64, width: 96, mean: [0.485, 0.456, 0.406] } });
  });

  test('sizes that nobody tells', () => {
    expect(guess('N', 3, 'h', 'w')).toMatchObject({ kind: 'preprocessing', found: '[N,3,h,w]' });
    expect(guess('N', 128)).toMatchObject({ kind: 'preprocessing' });
    expect(guess('N', 4, 28, 28)).toMatchObject({ kind: 'preprocessing' });
  });

  test('sizes that the pictures tell', async () => {
    expect(guessPreprocessing(['N', 3, 'h', 'w'], await read('colour-hwc.npz'))).toMatchObject({
      preprocessing: { height: 5, width: 4, channels: 3, resize: 'none' },
    });
  });
});
