import { Fuse } from './fuse.ts';
import { notFinite, overflow } from './notFinite.ts';
import { elementBytes, planSlots, tensorBytes } from './slots.ts';
import { decodeValues, encodeValues } from './storageValues.ts';
import { Errand, JsAccount } from './stream.ts';
import type { IngredientSource, Kitchen, KitchenOptions, RunningSum, TensorSpec, WeightSet } from './types.ts';

type Values = Float64Array<ArrayBuffer>;

/** Part of a tensor that is computed before it looks whether it was cancelled. */
const CHUNK_BYTES = 1024 * 1024;

const NEVER_LOST = new Fuse(new Promise<string>(() => undefined));

/** Bytes of sets and sums now held, and the most ever held. */
class HeldBytes {
  now = 0;
  peak = 0;

  add(bytes: number): void {
    this.now += bytes;
    this.peak = Math.max(this.peak, this.now);
  }
}

class PlainWeightSet implements WeightSet {
  readonly specs: readonly TensorSpec[];
  readonly byteLength: number;
  readonly #held: HeldBytes;
  #tensors: ReadonlyMap<string, Uint8Array<ArrayBuffer>> | undefined;

  constructor(specs: readonly TensorSpec[], held: HeldBytes) {
    this.specs = specs;
    this.#tensors = new Map(specs.map((spec) => [spec.name, new Uint8Array(tensorBytes(spec))]));
    this.byteLength = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
    this.#held = held;
    held.add(this.byteLength);
  }

  bytes(spec: TensorSpec): Uint8Array<ArrayBuffer> {
    const bytes = this.#tensors?.get(spec.name);
    if (bytes === undefined) throw new Error(`A set of weights without bytes for "${spec.name}".`);
    return bytes;
  }

  release(): void {
    if (this.#tensors !== undefined) this.#held.add(-this.byteLength);
    this.#tensors = undefined;
  }
}

function asPlainSet(set: WeightSet): PlainWeightSet {
  if (!(set instanceof PlainWeightSet)) throw new Error('A set of weights of another kitchen.');
  return set;
}

/** `Σ wᵢ·θᵢ` in float64, in the given order, from the first term on: what the integer way of the GPU computes, bit for bit. */
export function weightedSum64(parts: readonly Values[], weights: readonly number[]): Values {
  const sum = new Float64Array(parts[0]?.length ?? 0);
  parts.forEach((part, i) => {
    const weight = weights[i] ?? 0;
    for (let e = 0; e < sum.length; e++) sum[e] = i === 0 ? weight * (part[e] ?? 0) : (sum[e] ?? 0) + weight * (part[e] ?? 0);
  });
  return sum;
}

/** A part of one tensor as the loop meets it. */
interface Stretch {
  readonly spec: TensorSpec;
  readonly firstElement: number;
  readonly elements: number;
}

class PlainKitchen implements Kitchen {
  readonly backend = 'plain';
  readonly #js = new JsAccount();
  readonly #held = new HeldBytes();

  get memory() {
    return { gpuBytes: 0, gpuPeak: 0, jsPeak: this.#js.peak + this.#held.peak };
  }

  async load(specs: readonly TensorSpec[], source: IngredientSource, options?: KitchenOptions): Promise<WeightSet> {
    return this.#fill(specs, [source], undefined, options, ([part]) => part);
  }

  async cook(
    ingredients: readonly WeightSet[],
    weights: readonly number[],
    into?: WeightSet,
    options?: KitchenOptions,
  ): Promise<WeightSet> {
    const specs = ingredients[0]?.specs;
    if (specs === undefined) throw new Error('A soup needs at least one ingredient.');
    const sources = ingredients.map((ingredient, i): IngredientSource => {
      const set = asPlainSet(ingredient);
      return { name: `ingredient ${i + 1}`, read: async (spec, offset, length) => set.bytes(spec).slice(offset, offset + length) };
    });
    return this.#fill(specs, sources, into, options, (parts) => weightedSum64(parts, weights));
  }

  async cookStreamed(
    specs: readonly TensorSpec[],
    sources: readonly IngredientSource[],
    weights: readonly number[],
    _plan: unknown,
    into?: WeightSet,
    options?: KitchenOptions,
  ): Promise<WeightSet> {
    if (sources.length === 0) throw new Error('A soup needs at least one ingredient.');
    return this.#fill(specs, sources, into, options, (parts) => weightedSum64(parts, weights));
  }

  openSum(specs: readonly TensorSpec[]): RunningSum {
    const held = this.#held;
    const sweep = this.#sweep.bind(this);
    const fill = this.#fill.bind(this);
    const bytes = specs.reduce((sum, spec) => sum + spec.elements * 8, 0);
    let sums: ReadonlyMap<string, Values> | undefined = new Map(specs.map((spec) => [spec.name, new Float64Array(spec.elements)]));
    held.add(bytes);
    let count = 0;
    let broken = false;
    const open = () => {
      if (sums === undefined) throw new Error('This running sum was released.');
      if (broken) throw new Error('This running sum was interrupted while adding; open a new one.');
      return sums;
    };
    const plus = (sum: number, part: number | undefined) => (part === undefined ? sum : count === 0 ? part : sum + part);
    return {
      get count() {
        return count;
      },
      async add(source, _plan, options) {
        const all = open();
        broken = true;
        await sweep(specs, [source], options, ([part], { spec, firstElement, elements }) => {
          const sum = all.get(spec.name)?.subarray(firstElement, firstElement + elements);
          sum?.forEach((value, e) => {
            sum[e] = plus(value, part?.[e]);
          });
        });
        broken = false;
        count += 1;
      },
      async mean(extra, _plan, into, options) {
        if (count === 0 && extra === undefined) throw new Error('The mean of no ingredient.');
        const all = open();
        const reciprocal = 1 / (count + (extra === undefined ? 0 : 1));
        return fill(specs, extra === undefined ? [] : [extra], into, options, ([part], { spec, firstElement, elements }) =>
          all
            .get(spec.name)
            ?.slice(firstElement, firstElement + elements)
            .map((value, e) => plus(value, part?.[e]) * reciprocal),
        );
      },
      release() {
        if (sums !== undefined) held.add(-bytes);
        sums = undefined;
      },
    };
  }

  async *readBack(set: WeightSet, options?: KitchenOptions): AsyncGenerator<{ spec: TensorSpec; bytes: Uint8Array<ArrayBuffer> }> {
    const errand = new Errand(NEVER_LOST, this.#js, options, set.byteLength);
    for (const spec of set.specs) {
      errand.check();
      const bytes = asPlainSet(set).bytes(spec).slice();
      errand.progress(bytes.byteLength);
      yield { spec, bytes };
    }
  }

  close(): void {
    // Sets are the caller's and ordinary memory.
  }

  /** Writes `compute` of every stretch into a set, rounded once. */
  async #fill(
    specs: readonly TensorSpec[],
    sources: readonly IngredientSource[],
    into: WeightSet | undefined,
    options: KitchenOptions | undefined,
    compute: (parts: readonly Values[], stretch: Stretch) => Values | undefined,
  ): Promise<WeightSet> {
    const set = into === undefined ? new PlainWeightSet(specs, this.#held) : asPlainSet(into);
    try {
      await this.#sweep(specs, sources, options, (parts, stretch) => {
        const { spec, firstElement } = stretch;
        const values = compute(parts, stretch) ?? new Float64Array(stretch.elements);
        const bytes = encodeValues(spec.dataType, values);
        const bad = decodeValues(spec.dataType, bytes).findIndex((value) => !Number.isFinite(value));
        if (bad >= 0) throw overflow(spec, firstElement + bad);
        set.bytes(spec).set(bytes, firstElement * elementBytes(spec.dataType));
      });
      return set;
    } catch (error) {
      if (into === undefined) set.release();
      throw error;
    }
  }

  /** Hands every stretch of every tensor to `visit`, with the sources' values. @throws ProblemError `not-finite`. */
  async #sweep(
    specs: readonly TensorSpec[],
    sources: readonly IngredientSource[],
    options: KitchenOptions | undefined,
    visit: (parts: readonly Values[], stretch: Stretch) => void,
  ): Promise<void> {
    const total = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0) * sources.length;
    const errand = new Errand(NEVER_LOST, this.#js, options, total);
    for (const piece of planSlots(specs, CHUNK_BYTES).flatMap((slot) => slot.pieces)) {
      const spec = specs[piece.tensor];
      if (spec === undefined) throw new Error(`No tensor ${piece.tensor}.`);
      errand.check();
      const size = elementBytes(spec.dataType);
      const firstElement = piece.tensorByte / size;
      const parts = await Promise.all(
        sources.map(async (source) => {
          let values = new Float64Array(0);
          await errand.read(source, spec, piece.tensorByte, piece.bytes, (bytes) => {
            values = decodeValues(spec.dataType, bytes);
          });
          const bad = values.findIndex((value) => !Number.isFinite(value));
          if (bad >= 0) throw notFinite(source.name, spec.name, firstElement + bad);
          return values;
        }),
      );
      visit(parts, { spec, firstElement, elements: piece.bytes / size });
    }
  }
}

/** The same kitchen as a float64 loop in JS, for machines without a WebGPU adapter. Its sets have no buffers. */
export function plainKitchen(): Kitchen {
  return new PlainKitchen();
}
