import type { Scorer } from '../evaluate/index.ts';
import { scoreBlock } from '../metrics/index.ts';
import type { Weighting } from '../recipes/index.ts';
import type { SetFact } from '../results/index.ts';
import type { Larder } from './larder.ts';
import type { KeyedSet, Machine } from './machine.ts';
import type { Meter } from './meter.ts';
import type { Entry, Scorebook } from './scorebook.ts';
import { weightingKey } from './weighting.ts';

/** A held-out set that the lab can run. */
export interface Held {
  readonly fact: SetFact;
  readonly keyed: KeyedSet;
}

/** What scoring needs: who holds the weights, who runs them, where results go. */
export interface Kit {
  readonly machine: Machine;
  readonly larder: Larder;
  readonly scorer: Scorer;
  readonly book: Scorebook;
  readonly meter: Meter;
  /** Hash of a checkpoint's file by its id. */
  readonly identity: (id: string) => string;
}

/** The scorebook's key: content, set and preprocessing, provider. The same work has the same key on the next visit. */
export function scoreKey(kit: Kit, weighting: Weighting, held: Held): string {
  return `${kit.scorer.provider}|${held.keyed.key}|${weightingKey(weighting, kit.identity)}`;
}

/** The entry of a soup on a set, begun or known. */
export function openEntry(kit: Kit, weighting: Weighting, held: Held): Promise<Entry> {
  return kit.book.open(scoreKey(kit, weighting, held), held.fact.n, kit.scorer.provider);
}

/**
 * Scores those of `indices` that the entry does not have yet and adds them to it. Returns the examples that were run.
 * Rejects with a ProblemError (`device-lost`, `evaluation`, `not-finite`) or the signal's reason.
 */
export async function scoreInto(
  kit: Kit,
  entry: Entry,
  weighting: Weighting,
  held: Held,
  indices: Uint32Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Uint32Array<ArrayBuffer>> {
  const labels = held.fact.labels;
  if (labels === undefined) throw new Error(`${held.fact.name} has no labels to score against`);
  const missing = indices.filter((i) => entry.predicted[i] === -1);
  if (missing.length === 0) return missing;
  await kit.machine.ready(kit.scorer, held.keyed);
  const { values, classes } = await kit.larder.serve(weighting, kit.scorer, signal, (key) =>
    kit.meter.time('evaluate', () => kit.scorer.score(key, held.keyed.key, missing, { signal })),
  );
  // Another call may have scored some of them while this one waited.
  const fresh = missing.every((i) => entry.predicted[i] === -1);
  if (!fresh) return scoreInto(kit, entry, weighting, held, indices, signal);
  kit.book.add(entry, missing, scoreBlock(values, classes, labels, missing), values, classes);
  kit.meter.ran(missing.length);
  if (entry.done === entry.n) kit.meter.passed();
  return missing;
}

/** Cuts a set into blocks that start small, so that every row has a first number soon, and grow. */
export function blocksOf(n: number, first = 250, largest = 2000): readonly Uint32Array<ArrayBuffer>[] {
  const blocks: Uint32Array<ArrayBuffer>[] = [];
  let from = 0;
  let size = Math.min(first, largest);
  while (from < n) {
    const start = from;
    from = Math.min(n, from + size);
    blocks.push(Uint32Array.from({ length: from - start }, (_, i) => start + i));
    size = Math.min(largest, size * 2);
  }
  return blocks;
}
