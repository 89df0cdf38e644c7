import type { Preprocessing, SetFact } from '../lab.ts';

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function list(values: readonly number[]): string {
  return values.length === 1 ? short(values[0] ?? 0) : `(${values.map(short).join(', ')})`;
}

const sources = {
  kit: 'as the kit says',
  'preprocessor_config.json': 'from preprocessor_config.json',
  guessed: 'guessed from the graph: check it',
  edited: 'edited by you',
} as const;

function pixels({ scale }: Preprocessing): string {
  const divisor = 1 / scale;
  if (Math.abs(scale - 1) < 1e-9) return 'x';
  return Math.abs(divisor - Math.round(divisor)) < 1e-6 ? `x ÷ ${Math.round(divisor)}` : `x × ${short(scale)}`;
}

const resizes = { none: '', exact: 'stretched to ', 'shortest-edge': 'scaled and cropped to ' } as const;

/** A set's preprocessing in one line: `28 × 28 grey, (x ÷ 255 − 0.286) ÷ 0.353, as the kit says`. */
export function preprocessingWords(set: SetFact): string {
  const { preprocessing: p } = set;
  if (set.n === 0) return 'nothing: it could not be read';
  if (p === undefined) return `tensors of ${set.itemDims.join(' × ')}, fed as they are`;
  const size = `${resizes[p.resize]}${p.width} × ${p.height} ${p.channels === 1 ? 'grey' : 'RGB'}`;
  const source = set.preprocessingSource === undefined ? '' : `, ${sources[set.preprocessingSource]}`;
  return `${size}, (${pixels(p)} − ${list(p.mean)}) ÷ ${list(p.std)}${source}`;
}
