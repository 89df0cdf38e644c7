import type { Problem } from '../problem/index.ts';
import { finishDataset } from './digest.ts';
import { problem } from './limits.ts';
import type { Dataset } from './types.ts';

/**
 * Splits one set into a part that chooses and a part that reports, without overlap. `fraction` of the examples (0 … 1) choose;
 * every class is split in that proportion, the choice within it is random by `seed` and the same on every machine. Examples keep
 * their order. Byte-identical examples are kept apart only by `sharedExamples`, which counts them.
 */
export async function splitSet(
  dataset: Dataset,
  fraction: number,
  seed: number,
): Promise<{ readonly select: Dataset; readonly report: Dataset } | Problem> {
  const chosen = new Set<number>();
  const random = mulberry32(seed);
  let wanted = 0;
  for (const members of byClass(dataset)) {
    // Rounding the running total, not each class, keeps the whole at the fraction asked for.
    wanted += members.length * fraction;
    shuffle(members, random);
    for (const example of members) {
      if (chosen.size >= Math.round(wanted)) break;
      chosen.add(example);
    }
  }
  if (chosen.size === 0 || chosen.size >= dataset.n) {
    return problem(
      'zero-examples',
      dataset.name,
      `splitting ${dataset.n} examples at ${fraction} leaves one part with 0`,
      'Use a larger set, or another fraction.',
      {
        expected: 'at least 1 in each part',
        found: `${chosen.size} and ${dataset.n - chosen.size}`,
      },
    );
  }
  const all = Array.from({ length: dataset.n }, (_, example) => example);
  return {
    select: await part(
      dataset,
      `${dataset.name}-select`,
      all.filter((example) => chosen.has(example)),
    ),
    report: await part(
      dataset,
      `${dataset.name}-report`,
      all.filter((example) => !chosen.has(example)),
    ),
  };
}

/** Examples of each class in order of label; all of them as one class where there are no labels. */
function byClass({ n, labels }: Dataset): readonly number[][] {
  const classes = new Map<number, number[]>();
  for (let example = 0; example < n; example++) {
    const label = labels?.[example] ?? 0;
    const members = classes.get(label);
    if (members) members.push(example);
    else classes.set(label, [example]);
  }
  return [...classes].sort(([a], [b]) => a - b).map(([, members]) => members);
}

async function part(dataset: Dataset, name: string, examples: readonly number[]): Promise<Dataset> {
  const size = dataset.values.length / dataset.n;
  const values = dataset.kind === 'pixels' ? new Uint8Array(size * examples.length) : new Float32Array(size * examples.length);
  examples.forEach((example, at) => {
    values.set(dataset.values.subarray(example * size, (example + 1) * size), at * size);
  });
  const { labels, sha256: _whole, ...rest } = dataset;
  return finishDataset({
    ...rest,
    name,
    n: examples.length,
    values,
    ...(labels && { labels: Int32Array.from(examples, (example) => labels[example] as number) }),
  });
}

/** Fisher and Yates, in place. */
function shuffle(values: number[], random: () => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other] as number, values[last] as number];
  }
}

/** A small seeded generator of numbers in 0 … 1 (mulberry32, Tommy Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
