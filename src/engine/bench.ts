import type { AlignedTensor } from '../align/index.ts';
import { type IngredientSource, type Kitchen, type MemoryPlan, planMemory, type StorageType, type TensorSpec } from '../gpu/index.ts';
import { buildTemplate, type Initializer, type ModelIndex, readTensor, type Template } from '../onnx/index.ts';
import { ProblemError } from '../problem/index.ts';
import { formatBytes } from '../results/index.ts';
import type { AlignedCheckpoints } from './checkpoints.ts';
import { Larder } from './larder.ts';
import type { Meter } from './meter.ts';

/** Everything that hangs on one group of aligned checkpoints and one memory budget. */
export interface Bench {
  readonly aligned: AlignedCheckpoints;
  readonly template: Template;
  readonly plan: MemoryPlan;
  readonly larder: Larder;
  /** Sessions that fit the budget: wasm workers, or 1. */
  readonly sessions: number;
  /** The checkpoint whose graph stands for all. */
  readonly reference: ModelIndex;
}

export interface BenchSettings {
  readonly budgetBytes: number;
  /** The provider that will score, as far as it is known before it was measured. */
  readonly provider: 'webgpu' | 'wasm';
  readonly workers: number;
  /** Whether a recipe of this run keeps a running sum (greedy). */
  readonly greedy: boolean;
  readonly streamed: boolean;
}

/** Sets of weights a scorer holds besides the checkpoints': soups and trials that are shown or tried again. */
const SOUPS_HELD = 8;

/** Tensors that are averaged, as the kitchen wants them. */
function specsOf(tensors: readonly AlignedTensor[]): readonly TensorSpec[] {
  return tensors
    .filter((one) => one.fate === 'averaged')
    .map(({ name, dataType, elements }) => ({ name, dataType: dataType as StorageType, elements }));
}

/** Reads one checkpoint's tensors by the names they have in the reference. */
function ingredientSource(name: string, tensors: readonly AlignedTensor[], place: number): IngredientSource {
  const byName = new Map(tensors.map((one) => [one.name, one.perCheckpoint[place]]));
  const decoded = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  return {
    name,
    read: async (spec, byteOffset, byteLength) => {
      const initializer = byName.get(spec.name);
      if (initializer === undefined) throw new Error(`${name} has no initializer for "${spec.name}"`);
      if (initializer.location !== undefined)
        return initializer.location.source.read(initializer.location.byteOffset + byteOffset, byteLength);
      return (await decodedOnce(initializer, decoded)).slice(byteOffset, byteOffset + byteLength);
    },
  };
}

/** Varint-coded tensors have no byte range: they are decoded once and kept while they are read. */
function decodedOnce(initializer: Initializer, decoded: Map<string, Promise<Uint8Array<ArrayBuffer>>>): Promise<Uint8Array<ArrayBuffer>> {
  const known = decoded.get(initializer.name);
  if (known !== undefined) return known;
  const reading = readTensor(initializer);
  decoded.set(initializer.name, reading);
  return reading;
}

/** How many sets of weights the sessions may hold within the budget, and the plan with their copies counted (wasm: one a worker and ours). */
function holding(plan: MemoryPlan, settings: BenchSettings, specs: readonly TensorSpec[], checkpoints: number, sessions: number) {
  if (plan.mode === 'streamed') return { plan, capacity: 1 };
  const { gpu, js, wasm } = plan.predicted;
  const weightBytes = specs.reduce((sum, spec) => sum + spec.elements * 4, 0);
  const copies = settings.provider === 'wasm' ? sessions + 1 : 1;
  const room = 1 + Math.floor((settings.budgetBytes - gpu - js - wasm) / (copies * weightBytes));
  const capacity = Math.max(2, Math.min(checkpoints + SOUPS_HELD, room));
  const more = (capacity - 1) * copies * weightBytes;
  const predicted = settings.provider === 'wasm' ? { gpu, wasm, js: js + more } : { gpu: gpu + more, js, wasm };
  return { plan: { ...plan, predicted }, capacity };
}

/**
 * Builds template, plan and larder for a group of checkpoints.
 * @throws ProblemError `memory` where even streaming doesn't fit the budget, `duplicate` where nothing differs
 */
export async function buildBench(aligned: AlignedCheckpoints, kitchen: Kitchen, settings: BenchSettings, meter: Meter): Promise<Bench> {
  const { tensors } = aligned.alignment;
  const reference = aligned.group[0]?.model;
  if (reference === undefined) throw new Error('A bench needs a checkpoint');
  const specs = specsOf(tensors);
  if (specs.length === 0) {
    throw new ProblemError({
      kind: 'duplicate',
      file: reference.name,
      text: `The ${aligned.group.length} checkpoints have the same weights in every tensor: there is nothing to average`,
      remedy: 'Check that you dropped different fine-tunes.',
    });
  }
  const template = await meter.time('read', () =>
    buildTemplate(
      reference,
      specs.map((spec) => spec.name),
    ),
  );
  const constantsBytes = template.model.byteLength + template.externalData.reduce((sum, one) => sum + one.data.byteLength, 0);
  const ask = {
    specs,
    ingredients: aligned.group.length,
    budgetBytes: settings.budgetBytes,
    provider: settings.provider,
    constantsBytes,
    greedy: settings.greedy,
    streamed: settings.streamed,
  };
  let sessions = settings.provider === 'wasm' ? settings.workers : 1;
  let plan = planMemory({ ...ask, sessions });
  // Fewer workers hold fewer copies of the weights.
  while (!plan.fits && sessions > 1) {
    sessions -= 1;
    plan = planMemory({ ...ask, sessions });
  }
  if (!plan.fits) {
    const need = plan.predicted.gpu + plan.predicted.js + plan.predicted.wasm;
    throw new ProblemError({
      kind: 'memory',
      expected: `${plan.budgetBytes} bytes`,
      found: `${need} bytes`,
      text: `Averaging these checkpoints needs ${formatBytes(need)}, the memory budget is ${formatBytes(plan.budgetBytes)}`,
      remedy: 'Raise the memory budget in the header, or drop smaller checkpoints.',
    });
  }
  const sources = new Map(aligned.group.map((checkpoint, i) => [checkpoint.fact.id, ingredientSource(checkpoint.fact.name, tensors, i)]));
  const held = holding(plan, settings, specs, aligned.group.length, sessions);
  plan = held.plan;
  const { capacity } = held;
  const larder = new Larder(kitchen, { specs, sources, plan, capacity }, meter);
  return { aligned, template, plan, larder, reference, sessions };
}
