import type { ProviderWeights, Scorer } from '../evaluate/index.ts';
import {
  assertFinite,
  groupsOf,
  type IngredientSource,
  type Kitchen,
  type MemoryPlan,
  type RunningSum,
  type TensorSpec,
  type WeightSet,
} from '../gpu/index.ts';
import type { Weighting } from '../recipes/index.ts';
import type { Meter } from './meter.ts';
import { Mutex } from './mutex.ts';
import { isUniform, members, singleMember, weightingKey } from './weighting.ts';

/** A soup's digest is computed up to this size; beyond it only an export pays for reading the weights back. */
const DIGEST_LIMIT_BYTES = 64 * 2 ** 20;

/** Bytes of a tensor in its storage type. */
function bytesOf({ dataType, elements }: TensorSpec): number {
  return elements * (dataType === 'float64' ? 8 : dataType === 'float32' ? 4 : 2);
}

/** One set of weights that a scorer holds. */
interface Shelved {
  uses: number;
  release(): void;
}

export interface Supplies {
  readonly specs: readonly TensorSpec[];
  /** By checkpoint id, ingredients and base. */
  readonly sources: ReadonlyMap<string, IngredientSource>;
  readonly plan: MemoryPlan;
  /** How many sets of weights a scorer may hold at once; 1 when streamed. */
  readonly capacity: number;
}

/**
 * Turns a weighting into weights that a scorer holds: cooks what is not yet there, keeps what was used last, forgets the rest.
 * Owns every WeightSet; `close` frees them all. Kitchen calls are ordered here (the kitchen wants one at a time).
 */
export class Larder {
  readonly #kitchen: Kitchen;
  readonly #supplies: Supplies;
  readonly #meter: Meter;
  readonly #mutex = new Mutex();
  readonly #resident = new Map<string, WeightSet>();
  readonly #shelves = new Map<Scorer, Map<string, Shelved>>();
  readonly #cookedKeys = new Set<string>();
  #scratch: WeightSet | undefined;
  #sum: { readonly sum: RunningSum; readonly ids: Set<string> } | undefined;
  #lastTrial: readonly string[] = [];

  constructor(kitchen: Kitchen, supplies: Supplies, meter: Meter) {
    this.#kitchen = kitchen;
    this.#supplies = supplies;
    this.#meter = meter;
  }

  /** Whether two sets of weights at once, for both providers, are within the plan. */
  get canCompare(): boolean {
    return this.#supplies.plan.mode === 'resident';
  }

  get capacity(): number {
    return this.#supplies.capacity;
  }

  /** Reads one checkpoint and keeps it (resident mode). Rejects with a ProblemError `not-finite` that names file and tensor. */
  async stock(id: string, signal: AbortSignal): Promise<void> {
    if (this.#supplies.plan.mode === 'resident') await this.#mutex.run(() => this.#ingredient(id, signal));
  }

  /** Hands `use` the key under which `scorer` holds the soup; it stays there until `use` is done. */
  async serve<T>(weighting: Weighting, scorer: Scorer, signal: AbortSignal, use: (key: string) => Promise<T>): Promise<T> {
    const key = weightingKey(weighting);
    const shelved = await this.#mutex.run(() => this.#shelve(key, weighting, scorer, signal));
    try {
      return await use(key);
    } finally {
      shelved.uses -= 1;
    }
  }

  /** Hands `use` the same weights as each provider takes them; they are freed afterwards unless they are an ingredient's. */
  bothWays<T>(
    weighting: Weighting,
    signal: AbortSignal,
    use: (weights: Record<'webgpu' | 'wasm', ProviderWeights>) => Promise<T>,
  ): Promise<T> {
    return this.#mutex.run(async () => {
      const single = singleMember(weighting);
      const resident = single !== undefined && this.#supplies.plan.mode === 'resident';
      const set = resident ? await this.#ingredient(single, signal) : await this.#cook(weighting, undefined, signal);
      try {
        if (set.buffers === undefined) throw new Error('The WebGPU provider needs weights on the GPU');
        return await use({
          webgpu: { kind: 'gpu', buffers: set.buffers },
          wasm: { kind: 'cpu', tensors: await this.#bytesOf(set, signal) },
        });
      } finally {
        if (!resident) set.release();
      }
    });
  }

  /** The soup's tensors, one after the other, as little-endian bytes in the storage type. */
  tensors<T>(weighting: Weighting, signal: AbortSignal, take: (name: string, bytes: Uint8Array<ArrayBuffer>) => T): Promise<readonly T[]> {
    return this.#mutex.run(() => this.#takeOut(weighting, signal, take));
  }

  /** SHA-256 (hex) over the tensors' bytes in the order of the graph; `undefined` where that would read back too much. */
  async digest(weighting: Weighting, signal: AbortSignal): Promise<string | undefined> {
    const size = this.#supplies.specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
    if (size > DIGEST_LIMIT_BYTES) return undefined;
    const parts = await this.tensors(weighting, signal, (_, bytes) => bytes);
    const whole = new Uint8Array(await new Blob([...parts]).arrayBuffer());
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** Forgets what a scorer held, because it is being closed. */
  forget(scorer: Scorer): void {
    for (const shelved of this.#shelves.get(scorer)?.values() ?? []) shelved.release();
    this.#shelves.delete(scorer);
  }

  close(): void {
    for (const scorer of [...this.#shelves.keys()]) this.forget(scorer);
    for (const set of this.#resident.values()) set.release();
    this.#resident.clear();
    this.#scratch?.release();
    this.#scratch = undefined;
    this.#sum?.sum.release();
    this.#sum = undefined;
  }

  async #shelve(key: string, weighting: Weighting, scorer: Scorer, signal: AbortSignal): Promise<Shelved> {
    const shelf = this.#shelves.get(scorer) ?? new Map<string, Shelved>();
    this.#shelves.set(scorer, shelf);
    const known = shelf.get(key);
    if (known !== undefined) {
      shelf.delete(key);
      shelf.set(key, known);
      known.uses += 1;
      return known;
    }
    this.#makeRoom(shelf);
    const shelved =
      scorer.provider === 'webgpu'
        ? await this.#shelveBuffers(key, weighting, scorer, signal)
        : await this.#shelveBytes(key, weighting, scorer, signal);
    shelf.set(key, shelved);
    return shelved;
  }

  #makeRoom(shelf: Map<string, Shelved>): void {
    for (const [key, shelved] of shelf) {
      if (shelf.size < this.#supplies.capacity) return;
      if (shelved.uses > 0) continue;
      shelved.release();
      shelf.delete(key);
    }
  }

  /** WebGPU: the session reads the very buffers that the kitchen wrote. */
  async #shelveBuffers(key: string, weighting: Weighting, scorer: Scorer, signal: AbortSignal): Promise<Shelved> {
    const single = singleMember(weighting);
    const resident = single !== undefined && this.#supplies.plan.mode === 'resident';
    const set = resident ? await this.#ingredient(single, signal) : await this.#cook(weighting, undefined, signal);
    if (set.buffers === undefined) throw new Error('The WebGPU provider needs weights on the GPU');
    await scorer.addWeights(key, { kind: 'gpu', buffers: set.buffers });
    return {
      uses: 1,
      release: () => {
        scorer.removeWeights(key);
        if (!resident) set.release();
      },
    };
  }

  /** wasm: the values are copied back once and handed to every worker. */
  async #shelveBytes(key: string, weighting: Weighting, scorer: Scorer, signal: AbortSignal): Promise<Shelved> {
    const tensors = new Map<string, Uint8Array<ArrayBuffer>>();
    await this.#takeOut(weighting, signal, (name, bytes) => tensors.set(name, bytes));
    await scorer.addWeights(key, { kind: 'cpu', tensors, owned: true });
    return { uses: 1, release: () => scorer.removeWeights(key) };
  }

  /** Cooks and reads back, tensor by tensor: from resident sets, by the running sum, or streamed group by group. */
  async #takeOut<T>(
    weighting: Weighting,
    signal: AbortSignal,
    take: (name: string, bytes: Uint8Array<ArrayBuffer>) => T,
  ): Promise<readonly T[]> {
    const taken: T[] = [];
    const readOut = async (set: WeightSet): Promise<void> => {
      for await (const { spec, bytes } of this.#kitchen.readBack(set, { signal })) taken.push(take(spec.name, bytes));
    };
    const { plan, specs } = this.#supplies;
    const single = singleMember(weighting);
    if (plan.mode === 'resident' && single !== undefined) {
      await readOut(await this.#ingredient(single, signal));
    } else if (plan.mode === 'resident' || (plan.runningSum && single === undefined)) {
      this.#scratch = await this.#cook(weighting, this.#scratch, signal);
      await readOut(this.#scratch);
    } else if (single !== undefined) {
      await this.#readThrough(single, signal, (name, bytes) => taken.push(take(name, bytes)));
    } else {
      // While one group is read back, the next one is read from the files.
      const groups = groupsOf(specs);
      let cooking = this.#startGroup(groups[0], weighting, signal);
      for (const next of [...groups.slice(1), undefined]) {
        const set = await cooking;
        cooking = this.#startGroup(next, weighting, signal);
        try {
          if (set !== undefined) await readOut(set);
        } catch (error) {
          (await cooking.catch(() => undefined))?.release();
          throw error;
        } finally {
          set?.release();
        }
      }
      this.#noteCooked(weighting);
    }
    return taken;
  }

  async #bytesOf(set: WeightSet, signal: AbortSignal): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
    const tensors = new Map<string, Uint8Array<ArrayBuffer>>();
    for await (const { spec, bytes } of this.#kitchen.readBack(set, { signal })) tensors.set(spec.name, bytes);
    return tensors;
  }

  /** A checkpoint as it is, straight from its file, two tensors ahead. */
  async #readThrough(id: string, signal: AbortSignal, take: (name: string, bytes: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    const source = this.#source(id);
    const { specs } = this.#supplies;
    await this.#meter.time('read', async () => {
      const read = (spec: TensorSpec | undefined) => (spec === undefined ? undefined : source.read(spec, 0, bytesOf(spec)));
      const ahead = [read(specs[0]), read(specs[1])];
      for (const promise of ahead) promise?.catch(() => undefined);
      for (const [i, spec] of specs.entries()) {
        const bytes = await ahead.shift();
        signal.throwIfAborted();
        if (bytes === undefined) throw new Error(`"${spec.name}" of ${source.name} was not read`);
        const next = read(specs[i + 2]);
        next?.catch(() => undefined);
        ahead.push(next);
        assertFinite(source.name, spec, bytes);
        take(spec.name, bytes);
      }
    });
  }

  async #ingredient(id: string, signal: AbortSignal): Promise<WeightSet> {
    const known = this.#resident.get(id);
    if (known !== undefined) return known;
    const set = await this.#meter.time('read', () => this.#kitchen.load(this.#supplies.specs, this.#source(id), { signal }));
    this.#resident.set(id, set);
    this.#account();
    return set;
  }

  async #cook(weighting: Weighting, into: WeightSet | undefined, signal: AbortSignal): Promise<WeightSet> {
    const ids = members(weighting);
    const weights = ids.map((id) => weighting[id] ?? 0);
    if (this.#supplies.plan.mode === 'resident') {
      const sets: WeightSet[] = [];
      for (const id of ids) sets.push(await this.#ingredient(id, signal));
      const set = await this.#meter.time('average', () => this.#kitchen.cook(sets, weights, into, { signal }));
      this.#noteCooked(weighting);
      return set;
    }
    const trial =
      this.#supplies.plan.runningSum && isUniform(weighting)
        ? await this.#meter.time('average', () => this.#greedyTrial(ids, into, signal))
        : undefined;
    const set = trial ?? (await this.#stream(this.#supplies.specs, weighting, into, signal));
    this.#noteCooked(weighting);
    return set;
  }

  #startGroup(specs: readonly TensorSpec[] | undefined, weighting: Weighting, signal: AbortSignal): Promise<WeightSet | undefined> {
    const cooking = specs === undefined ? Promise.resolve(undefined) : this.#stream(specs, weighting, undefined, signal);
    // Awaited a group later; until then a failure must not count as unhandled.
    cooking.catch(() => undefined);
    return cooking;
  }

  /** Streams some tensors of a soup from the files. */
  #stream(specs: readonly TensorSpec[], weighting: Weighting, into: WeightSet | undefined, signal: AbortSignal): Promise<WeightSet> {
    const ids = members(weighting);
    const sources = ids.map((id) => this.#source(id));
    const weights = ids.map((id) => weighting[id] ?? 0);
    return this.#meter.time('average', () => this.#kitchen.cookStreamed(specs, sources, weights, this.#supplies.plan, into, { signal }));
  }

  #noteCooked(weighting: Weighting): void {
    const key = weightingKey(weighting);
    if (singleMember(weighting) === undefined && !this.#cookedKeys.has(key)) {
      this.#cookedKeys.add(key);
      this.#meter.cooked();
    }
    this.#account();
  }

  /**
   * Greedy asks for the mean of what it has and one more. A running sum answers by reading only the one more: each candidate is read
   * once for its trial and once again when it was accepted, instead of the whole soup for every candidate.
   */
  async #greedyTrial(ids: readonly string[], into: WeightSet | undefined, signal: AbortSignal): Promise<WeightSet | undefined> {
    const grows =
      this.#lastTrial.length > 0 && ids.length === this.#lastTrial.length + 1 && this.#lastTrial.every((id) => ids.includes(id));
    const before = this.#sum?.ids ?? new Set<string>();
    const base =
      ids.length === 2 && this.#lastTrial.length === 0 ? undefined : grows ? this.#lastTrial : ids.filter((id) => before.has(id));
    this.#lastTrial = ids;
    if (base === undefined || base.length !== ids.length - 1) return undefined;
    if (this.#sum === undefined || [...before].some((id) => !base.includes(id))) {
      this.#sum?.sum.release();
      this.#sum = { sum: this.#kitchen.openSum(this.#supplies.specs), ids: new Set() };
    }
    for (const id of base) {
      if (this.#sum.ids.has(id)) continue;
      await this.#sum.sum.add(this.#source(id), this.#supplies.plan, { signal });
      this.#sum.ids.add(id);
    }
    const extra = ids.find((id) => !base.includes(id));
    return this.#sum.sum.mean(extra === undefined ? undefined : this.#source(extra), this.#supplies.plan, into, { signal });
  }

  #source(id: string): IngredientSource {
    const source = this.#supplies.sources.get(id);
    if (source === undefined) throw new Error(`No checkpoint ${id} in the larder`);
    return source;
  }

  #account(): void {
    this.#meter.peak({ gpu: this.#kitchen.memory.gpuPeak, js: this.#kitchen.memory.jsPeak });
  }
}
