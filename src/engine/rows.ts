import type { Weighting } from '../recipes/index.ts';
import type { LabEvent, Row } from '../results/index.ts';
import type { Entry } from './scorebook.ts';
import { weightingKey } from './weighting.ts';

export type RowFact = Omit<Row, 'scores'>;

/**
 * Which rows the page has been told of, with which weights, and which of their scores. A row whose weights change starts over; what the
 * scorebook knows of the new weights is told at once.
 */
export class Rows {
  readonly #rows = new Map<string, RowFact>();
  /** Examples told by `row set`, so that nothing is told twice. */
  readonly #told = new Map<string, number>();
  readonly #emit: (event: LabEvent) => void;

  constructor(emit: (event: LabEvent) => void) {
    this.#emit = emit;
  }

  get all(): readonly RowFact[] {
    return [...this.#rows.values()];
  }

  get(id: string): RowFact | undefined {
    return this.#rows.get(id);
  }

  /** Announces or updates a row. */
  announce(row: RowFact): void {
    const before = this.#rows.get(row.id);
    const same = before !== undefined && weightingKey(before.weighting) === weightingKey(row.weighting);
    if (!same) this.#forgetTold(row.id);
    this.#rows.set(row.id, row);
    this.#emit({ type: 'row', row, keepScores: same });
  }

  /** Adds a decision to a row that is cooking. */
  considered(id: string, step: NonNullable<Row['steps']>[number], weighting: Weighting): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#rows.set(id, { ...row, steps: [...(row.steps ?? []), step] });
    this.#emit({ type: 'considered', row: id, step, weighting });
  }

  remove(id: string): void {
    this.#forgetTold(id);
    if (this.#rows.delete(id)) this.#emit({ type: 'row-removed', id });
  }

  /** All scores told so far are void (another provider, another preprocessing): rows stay, their scores start over. */
  restart(): void {
    this.#told.clear();
    for (const row of this.#rows.values()) this.#emit({ type: 'row', row, keepScores: false });
  }

  clear(): void {
    for (const id of [...this.#rows.keys()]) this.remove(id);
  }

  /** Tells everything that is known of a row on a set, unless the page knows it. */
  tellEntry(row: string, set: string, entry: Entry): void {
    if (entry.done === 0 || this.#told.get(`${row} ${set}`) === entry.done) return;
    const indices = Uint32Array.from(entry.predicted.keys()).filter((i) => entry.predicted[i] !== -1);
    this.#tell(row, set, entry, indices);
  }

  /** Tells one block that was just added to `entry`; the whole of it where another row has added examples meanwhile. */
  tellBlock(row: string, set: string, entry: Entry, indices: Uint32Array<ArrayBuffer>): void {
    const told = this.#told.get(`${row} ${set}`) ?? 0;
    if (told + indices.length === entry.done) this.#tell(row, set, entry, indices);
    else this.tellEntry(row, set, entry);
  }

  #tell(row: string, set: string, entry: Entry, indices: Uint32Array<ArrayBuffer>): void {
    if (!this.#rows.has(row) || (!entry.representative && entry.done < entry.n)) return;
    const { n, done, correct, lossSum, provider, fromCache } = entry;
    this.#told.set(`${row} ${set}`, done);
    const predicted = Int32Array.from(indices, (i) => entry.predicted[i] ?? -1);
    this.#emit({ type: 'scored', row, set, n, indices, predicted, done, correct, lossSum, provider, fromCache });
  }

  #forgetTold(row: string): void {
    for (const key of [...this.#told.keys()]) if (key.startsWith(`${row} `)) this.#told.delete(key);
  }
}
