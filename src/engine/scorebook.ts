import type { Provider } from '../evaluate/index.ts';
import type { Scored } from '../metrics/index.ts';
import type { ScoreCache } from './cache.ts';

/** Logits of one row on one set are kept up to this size; beyond it a row can't join an ensemble. */
const LOGITS_LIMIT_BYTES = 64 * 2 ** 20;
/** Kept in IndexedDB only up to this size. */
const KEPT_LOGITS_LIMIT_BYTES = 4 * 2 ** 20;

/** What is known of one set of weights on one set of examples. Grows block by block. */
export interface Entry {
  readonly key: string;
  readonly provider: Provider;
  readonly n: number;
  readonly predicted: Int32Array<ArrayBuffer>;
  done: number;
  correct: number;
  lossSum: number;
  fromCache: boolean;
  /** False once the hardest examples were run first: until it is whole, its accuracy is no estimate of anything and is not shown. */
  representative: boolean;
  logits: Float32Array<ArrayBuffer> | undefined;
  classes: number;
}

/**
 * Every score of this session, by what was scored rather than by which row asked: a soup that greedy tried is not scored again
 * because a person mixes it by hand. Finished entries go to the cache and come back from it on the next visit.
 */
export class Scorebook {
  readonly #entries = new Map<string, Promise<Entry>>();
  readonly #cache: ScoreCache | undefined;

  constructor(cache: ScoreCache | undefined) {
    this.#cache = cache;
  }

  /** The entry for a key, begun empty or filled from an earlier visit. */
  open(key: string, n: number, provider: Provider): Promise<Entry> {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const made = this.#begin(key, n, provider);
    this.#entries.set(key, made);
    return made;
  }

  /** The entry, if this session has seen it. */
  known(key: string): Promise<Entry> | undefined {
    return this.#entries.get(key);
  }

  async #begin(key: string, n: number, provider: Provider): Promise<Entry> {
    const kept = await this.#cache?.get(key);
    if (kept !== undefined && kept.predicted.length === n) {
      const { predicted, correct, lossSum, logits, classes } = kept;
      return { key, provider, n, predicted, done: n, correct, lossSum, fromCache: true, representative: true, logits, classes };
    }
    const predicted = new Int32Array(n).fill(-1);
    return {
      key,
      provider,
      n,
      predicted,
      done: 0,
      correct: 0,
      lossSum: 0,
      fromCache: false,
      representative: true,
      logits: undefined,
      classes: 0,
    };
  }

  /** Writes one scored block into an entry. Each index must be new to it. */
  add(entry: Entry, indices: Uint32Array, block: Scored, logits: Float32Array, classes: number): void {
    if (entry.done === 0 && entry.n * classes * 4 <= LOGITS_LIMIT_BYTES) entry.logits = new Float32Array(entry.n * classes);
    entry.classes = classes;
    for (const [i, example] of indices.entries()) {
      entry.predicted[example] = block.predicted[i] ?? -1;
      entry.logits?.set(logits.subarray(i * classes, (i + 1) * classes), example * classes);
    }
    entry.done += indices.length;
    entry.correct += block.correct;
    entry.lossSum += block.lossSum;
    if (entry.done === entry.n) this.#keep(entry);
  }

  #keep(entry: Entry): void {
    const { predicted, correct, lossSum, classes, logits } = entry;
    const small = logits !== undefined && logits.byteLength <= KEPT_LOGITS_LIMIT_BYTES;
    void this.#cache?.put(entry.key, { predicted, correct, lossSum, classes, ...(small ? { logits } : {}) });
  }
}
