import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Facts, TieRule } from './lab.ts';
import type { RecipeChoice } from './store.ts';

/** A file of the lab as it is remembered: its path, and the browser's handle where it gave one. */
export interface KeptFile {
  readonly path: string;
  readonly handle?: FileSystemFileHandle;
}

/** One visit, as it is found again after a reload. */
export interface Visit {
  /** Raised when the shape of facts changes: a visit of another version is not shown. */
  readonly version: 1;
  readonly savedAt: number;
  readonly facts: Facts;
  readonly files: readonly KeptFile[];
  readonly view: {
    readonly recipe: RecipeChoice;
    readonly tieRule: TieRule;
    readonly weights: Readonly<Record<string, number>>;
    readonly reportSet: string | undefined;
    readonly memoryBytes: number;
  };
}

interface Schema extends DBSchema {
  visits: { key: string; value: Visit };
}

const key = 'last';
let opening: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>('soup-lab-page', 1, { upgrade: (db) => void db.createObjectStore('visits') });
  return opening;
}

/** The last visit; undefined where there is none, or the browser keeps nothing (private windows). */
export async function lastVisit(): Promise<Visit | undefined> {
  try {
    const visit = await (await database()).get('visits', key);
    return visit?.version === 1 ? visit : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a visit. Where the browser refuses (full, private), the page simply starts afresh next time. */
export async function keepVisit(visit: Visit): Promise<void> {
  try {
    await (await database()).put('visits', visit, key);
  } catch {
    // Nothing is lost that this tab still needs.
  }
}

export async function forgetVisit(): Promise<void> {
  try {
    await (await database()).delete('visits', key);
  } catch {
    // See keepVisit.
  }
}
