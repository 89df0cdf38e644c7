import type { Problem } from '../problem/index.ts';
import { problem, refuse } from './limits.ts';
import { type NpyArray, shapeText } from './npy.ts';
import type { Dataset } from './types.ts';

/** Class indices of `n` examples. Throws problems for another count, another shape, fractions, and numbers past int32. */
export function labelsFrom(array: NpyArray, n: number, file: string, name: string): Int32Array<ArrayBuffer> {
  const shape = shapeText(array.shape);
  const [count, width, ...rest] = array.shape;
  // [n, 1] is what some frameworks write for [n]; [n, classes] is one-hot or soft.
  if (count === undefined || rest.length > 0 || (width !== undefined && width !== 1)) {
    refuse(
      'dataset-shape',
      file,
      `array "${name}" has shape ${shape}, one class index an example expected ([${n}])`,
      'Write labels as class indices: y.argmax(1).',
      {
        expected: `[${n}]`,
        found: shape,
      },
    );
  }
  if (count !== n) {
    refuse('dataset-shape', file, `holds ${count} labels for ${n} examples`, 'Write as many labels as examples, in the same order.', {
      expected: `${n}`,
      found: `${count}`,
    });
  }
  const labels = new Int32Array(n);
  for (let example = 0; example < n; example++) {
    const label = array.values[example] as number;
    labels[example] = label;
    if (labels[example] !== label) {
      refuse('label-range', file, `label ${label} of example ${example} is no class index`, 'Write labels as whole numbers from 0.', {
        expected: 'a whole number',
        found: `${label}`,
      });
    }
  }
  return labels;
}

/** Whether the labels fit a model with `classes` outputs: the first problem, or nothing. Absent labels are the problem `no-labels`. */
export function checkLabels(dataset: Dataset, classes: number): Problem | undefined {
  const { labels, n, name } = dataset;
  if (!labels) {
    return problem('no-labels', name, `has ${n} examples and no labels`, 'Add labels (an array "y"), or use it as unlabelled data.', {
      expected: `${n} labels`,
      found: '0',
    });
  }
  if (dataset.classNames && dataset.classNames.length !== classes) {
    // Class folders that are a part of the classes, or a list of names of another data set: the numbers would be in range and wrong.
    return problem(
      'label-range',
      name,
      `names ${dataset.classNames.length} classes, the model has ${classes}`,
      "Give the names of all classes in the model's order, or name class folders by index: 0, 1, 2 …",
      { expected: `${classes}`, found: `${dataset.classNames.length}` },
    );
  }
  const example = labels.findIndex((label) => label < 0 || label >= classes);
  if (example < 0) return undefined;
  const found = `${labels[example]}`;
  return problem(
    'label-range',
    name,
    `label ${found} of example ${example} is outside the model's ${classes} classes (0 to ${classes - 1})`,
    'Use the labels the checkpoints were trained with, counted from 0.',
    { expected: `0 to ${classes - 1}`, found },
  );
}
