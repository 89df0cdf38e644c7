import type { ValueInfo } from '../onnx/index.ts';
import type { Problem } from '../problem/index.ts';
import { problem } from './limits.ts';
import { shapeText } from './npy.ts';
import type { Dataset, PreparedSet, Preprocessing } from './types.ts';

/**
 * Fits a set to a model's input: the set ready to be fed, or the problem `dataset-shape` with both shapes, `preprocessing`,
 * `zero-examples` or `unsupported-model`. Copies nothing.
 */
export function prepareSet(dataset: Dataset, input: ValueInfo, preprocessing?: Preprocessing): PreparedSet | Problem {
  const { name, n, kind } = dataset;
  if (n === 0)
    return problem('zero-examples', name, 'has 0 examples, at least 1 expected', 'Give a set that holds examples.', {
      expected: 'at least 1',
      found: '0',
    });
  if (!/^(float|bfloat)/.test(input.dataType)) {
    return problem(
      'unsupported-model',
      name,
      `the model's input "${input.name}" takes ${input.dataType}, float expected`,
      'Use checkpoints that take pictures or float tensors.',
      {
        expected: 'float32',
        found: input.dataType,
      },
    );
  }
  if (kind === 'tensor') {
    const inputDims = fit(dataset.itemDims, input.dims.slice(1));
    return inputDims ? { dataset, inputDims, inputName: input.name } : misfit(dataset, input, dataset.itemDims);
  }
  if (!preprocessing)
    return problem('preprocessing', name, 'holds pictures and has no preprocessing', 'Drop a preprocessor_config.json, or set it by hand.');
  const wrong = checkPreprocessing(dataset, preprocessing);
  if (wrong) return wrong;
  const { width, height, channels, layout } = preprocessing;
  const item = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  const inputDims = fit(item, input.dims.slice(1));
  return inputDims ? { dataset, preprocessing, inputDims, inputName: input.name } : misfit(dataset, input, item);
}

/** Whether pictures must be read from their files again: they were decoded to another size, or resized another way. */
export function needsDecoding(dataset: Dataset, preprocessing: Preprocessing): boolean {
  const { decodedBy } = dataset;
  if (!decodedBy) return false;
  return (['width', 'height', 'channels', 'resize', 'resizeTo'] as const).some((key) => decodedBy[key] !== preprocessing[key]);
}

/** The dims to feed: the item's own, or the model's where they differ by dims of 1 only (or are flat, for one channel). */
function fit(item: readonly number[], wanted: readonly (number | string)[]): readonly number[] | undefined {
  if (item.length === wanted.length) return item.every((dim, axis) => accepts(wanted[axis], dim)) ? item : undefined;
  const long = item.filter((dim) => dim !== 1);
  const wantedLong = wanted.filter((dim) => dim !== 1);
  if (long.length === wantedLong.length && long.every((dim, axis) => accepts(wantedLong[axis], dim))) {
    let next = 0;
    return wanted.map((dim) => (dim === 1 ? 1 : (long[next++] ?? 1)));
  }
  const elements = item.reduce((product, dim) => product * dim, 1);
  // [784] takes pictures of 28 × 28; with several channels the order of a flat input can't be told.
  return wanted.length === 1 && item.includes(1) && accepts(wanted[0], elements) ? [elements] : undefined;
}

function accepts(wanted: number | string | undefined, dim: number): boolean {
  return typeof wanted === 'number' && wanted > 0 ? wanted === dim : wanted !== undefined;
}

function misfit(dataset: Dataset, input: ValueInfo, item: readonly number[]): Problem {
  const expected = shapeText(input.dims.map((dim) => (dim === '' ? '?' : dim)));
  const found = shapeText([dataset.n, ...item]);
  return problem(
    'dataset-shape',
    dataset.name,
    `its examples come as ${found}, the model's input "${input.name}" expects ${expected}`,
    'Use the set that belongs to these checkpoints, or change size, channels or layout of the preprocessing.',
    { expected, found },
  );
}

function checkPreprocessing(dataset: Dataset, preprocessing: Preprocessing): Problem | undefined {
  const { width, height, channels, mean, std, scale } = preprocessing;
  const { name, itemDims } = dataset;
  const expected = [height, width, channels];
  if (expected.some((dim, axis) => dim !== itemDims[axis])) {
    return problem(
      'dataset-shape',
      name,
      `its pictures are ${shapeText(itemDims)} (height, width, channels), ${shapeText(expected)} expected`,
      'Use the set that belongs to these checkpoints, or pictures of that size.',
      { expected: shapeText(expected), found: shapeText(itemDims) },
    );
  }
  const numbers = [...mean, ...std, scale];
  if (![1, channels].includes(mean.length) || ![1, channels].includes(std.length) || !numbers.every(Number.isFinite) || std.includes(0)) {
    return problem(
      'preprocessing',
      name,
      `mean [${mean.join(', ')}], deviation [${std.join(', ')}] and scale ${scale} don't fit ${channels} channels`,
      `Give ${channels} finite numbers each, and no deviation of 0.`,
    );
  }
  return undefined;
}
