import { type IDBPDatabase, openDB } from 'idb';

/** What is kept of one row on one set: enough to show it, test it and put it in an ensemble again. */
export interface KeptScore {
  readonly predicted: Int32Array<ArrayBuffer>;
  readonly correct: number;
  readonly lossSum: number;
  readonly classes: number;
  /** Row-major [n, classes]; left out where it would be large. */
  readonly logits?: Float32Array<ArrayBuffer>;
}

/** Finished scores by key, across visits. Every method degrades to nothing where the browser refuses storage. */
export interface ScoreCache {
  get(key: string): Promise<KeptScore | undefined>;
  put(key: string, score: KeptScore): Promise<void>;
}

/** Raised when the meaning of a kept score changes, so that old ones are not used. */
const VERSION = 1;

/** Opens the browser's store of finished scores; `undefined` where it can't be had (private windows, full disks). */
export async function openScoreCache(): Promise<ScoreCache | undefined> {
  let database: IDBPDatabase;
  try {
    database = await openDB('soup-lab-scores', VERSION, {
      upgrade(db) {
        for (const name of [...db.objectStoreNames]) db.deleteObjectStore(name);
        db.createObjectStore('scores');
      },
    });
  } catch {
    return undefined;
  }
  return {
    // A store that fails later (quota, eviction) costs speed only: the score is computed again.
    get: (key) => database.get('scores', key).catch(() => undefined),
    put: (key, score) =>
      database.put('scores', score, key).then(
        () => undefined,
        () => undefined,
      ),
  };
}
