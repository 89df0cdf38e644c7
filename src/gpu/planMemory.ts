import { againBytes } from './kernels/again.ts';
import { ALIGNMENT, arenaBytes, bufferBytes, elementBytes, planSlots, roundUp, tensorBytes } from './slots.ts';
import type { MemoryPlan, TensorSpec } from './types.ts';

/** Slots on their way at once while streaming: one being read, one uploaded, one computed, one spare. */
export const STREAM_LANES = 4;
/** Parts of one ingredient on their way at once while it is loaded. */
export const LOAD_LANES = 8;
/** Smallest and largest part of one ingredient in a slot. Below, reads and dispatches cost more than the bytes in them. */
const LEAST_CHUNK = 64 * 1024;
const MOST_CHUNK = 8 * 1024 * 1024;
/** Chunks of this size still keep the pipes well filled. */
const FAIR_CHUNK = 512 * 1024;
/** What all lanes together may hold of ingredients; enough to keep disk, upload and kernel busy. */
export const RING_BYTES = 128 * 1024 * 1024;
/** Ingredients' parts that a resident soup gathers side by side before it adds them. */
export const GATHER_BYTES = 32 * 1024 * 1024;
/** Resident soups besides the ingredients: the one shown, one on trial, the best. */
const RESIDENT_SOUPS = 3;
/** Streamed on WebGPU: the soup being scored and the one being cooked or exported. */
const STREAMED_SOUPS = 2;
/**
 * Streamed soups that leave the GPU again (to wasm workers, to a file) are cooked in groups of tensors of about this size, so that the
 * GPU never holds a whole one.
 */
const GROUP_BYTES = 64 * 1024 * 1024;
/** The smallest heap of a wasm session, and by how much a heap overshoots when it has to grow. */
const WASM_HEAP_BYTES = 16 * 1024 * 1024;
const WASM_HEAP_OVERSHOOT = 1.2;
/** What is copied back at once. */
export const READBACK_BYTES = 8 * 1024 * 1024;

export interface MemoryQuestion {
  readonly specs: readonly TensorSpec[];
  readonly ingredients: number;
  readonly budgetBytes: number;
  /** Which provider scores: wasm keeps a copy of the weights in JS and in every session. */
  readonly provider: 'webgpu' | 'wasm';
  /** Sessions the provider holds: 1 on WebGPU, one a worker on wasm. */
  readonly sessions: number;
  /** Constants and graph of one session. */
  readonly constantsBytes: number;
  /** Whether a running sum is needed (streamed greedy). Default true. */
  readonly greedy?: boolean;
  /** Stream even what would fit. Default false. */
  readonly streamed?: boolean;
}

/**
 * The part of one ingredient a slot takes, so that `lanes` slots of `ingredients` stay within `ringBytes`: a power of two, no more
 * than all of its weights need.
 */
export function chunkFor(specs: readonly TensorSpec[], ingredients: number, ringBytes: number, lanes: number): number {
  const fair = 2 ** Math.floor(Math.log2(ringBytes / (Math.max(1, ingredients) * lanes)));
  const needed = 2 ** Math.ceil(Math.log2(Math.max(ALIGNMENT, ...arenaBytes(specs).values())));
  return Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, fair), needed);
}

/** Cuts tensors into groups of about 64 MB, in order; a larger tensor is a group of its own. */
export function groupsOf(specs: readonly TensorSpec[]): readonly (readonly TensorSpec[])[] {
  const groups: TensorSpec[][] = [];
  let room = 0;
  for (const spec of specs) {
    const size = bufferBytes(spec);
    if (size > room || groups.length === 0) {
      groups.push([]);
      room = GROUP_BYTES;
    }
    groups.at(-1)?.push(spec);
    room -= size;
  }
  return groups;
}

/** Bytes of weights of one set as GPU buffers. */
export function setBytes(specs: readonly TensorSpec[]): number {
  return specs.reduce((sum, spec) => sum + bufferBytes(spec), 0);
}

/** Bytes of a running sum: a float64 an element, in each type's arena. */
export function runningSumBytes(specs: readonly TensorSpec[]): number {
  let bytes = 0;
  for (const [dataType, arena] of arenaBytes(specs)) bytes += (arena / elementBytes(dataType)) * 8;
  return bytes;
}

/** Bytes besides slots and sets: jobs, weights, reports and the copy that is mapped. */
export function overheadBytes(specs: readonly TensorSpec[], ingredients: number, chunkBytes: number): number {
  const slots = planSlots(specs, chunkBytes).length;
  return (
    slots * ALIGNMENT +
    ingredients * 32 +
    2 * Math.max(16, slots * (ingredients + 1) * 4) +
    2 * roundUp(specs.length * 4 + 16, 16) +
    specs.length * ALIGNMENT
  );
}

/**
 * Decides whether all ingredients stay on the GPU (every soup then costs one sweep) or stream through it, and predicts the peaks.
 * Pure. `gpu` covers what the kitchen creates (`Kitchen.memory`); the browser's own transfer buffers, at most one ring more, are
 * counted in `js`. Chunks shrink to a fair size before greedy's running sum is given up: without it greedy reads a soup's files again
 * for every candidate.
 */
export function planMemory(question: MemoryQuestion): MemoryPlan {
  const resident = residentPlan(question);
  if (resident.fits && question.streamed !== true) return resident;
  const chunkBytes = chunkFor(question.specs, question.ingredients, RING_BYTES, STREAM_LANES);
  if (question.greedy !== false) {
    for (let chunk = chunkBytes; chunk >= Math.min(chunkBytes, FAIR_CHUNK); chunk /= 2) {
      const plan = streamedPlan(question, chunk, true);
      if (plan.fits) return plan;
    }
  }
  let plan = streamedPlan(question, chunkBytes, false);
  for (let chunk = chunkBytes / 2; !plan.fits && chunk >= LEAST_CHUNK; chunk /= 2) plan = streamedPlan(question, chunk, false);
  return plan;
}

function residentPlan(question: MemoryQuestion): MemoryPlan {
  const { specs, ingredients } = question;
  const gather = chunkFor(specs, ingredients, GATHER_BYTES, 1);
  const gpu = setBytes(specs) * (ingredients + RESIDENT_SOUPS) + slotBytes(ingredients, gather) + readBackBytes(specs);
  const ring = Math.min(RING_BYTES, valueBytes(specs));
  const chunkBytes = chunkFor(specs, ingredients, RING_BYTES, STREAM_LANES);
  return planOf(question, 'resident', gpu + overheadBytes(specs, ingredients, gather), 2 * ring, chunkBytes, true);
}

function streamedPlan(question: MemoryQuestion, chunkBytes: number, runningSum: boolean): MemoryPlan {
  const { specs, ingredients } = question;
  const gpu = streamedSoupBytes(question, runningSum) + STREAM_LANES * slotBytes(ingredients, chunkBytes) + readBackBytes(specs);
  const ring = Math.min(STREAM_LANES * chunkBytes, valueBytes(specs)) * ingredients;
  return planOf(question, 'streamed', gpu + overheadBytes(specs, ingredients, chunkBytes), 2 * ring, chunkBytes, runningSum);
}

/** wasm scores a copy: without a running sum no more than two groups are on the GPU, one being read back and the next. */
function streamedSoupBytes({ specs, provider }: MemoryQuestion, runningSum: boolean): number {
  if (provider === 'webgpu') return STREAMED_SOUPS * setBytes(specs) + (runningSum ? runningSumBytes(specs) : 0);
  return runningSum ? setBytes(specs) + runningSumBytes(specs) : Math.min(setBytes(specs), 2 * Math.max(...groupsOf(specs).map(setBytes)));
}

function planOf(
  question: MemoryQuestion,
  mode: MemoryPlan['mode'],
  gpu: number,
  ringBytes: number,
  chunkBytes: number,
  runningSum: boolean,
): MemoryPlan {
  const { specs, sessions, budgetBytes } = question;
  // wasm: every session has ORT's copy and its own, which with one session is the only other one (it moves there). As float32 at least.
  const copy = question.provider === 'wasm' ? specs.reduce((sum, spec) => sum + Math.max(tensorBytes(spec), 4 * spec.elements), 0) : 0;
  const copies = sessions === 1 ? 1 : sessions + 1;
  const js = ringBytes + copies * copy + specs.reduce((most, spec) => Math.max(most, tensorBytes(spec)), 0);
  const wasm = sessions * (WASM_HEAP_BYTES + Math.ceil(WASM_HEAP_OVERSHOOT * (copy + question.constantsBytes)));
  return { mode, budgetBytes, predicted: { gpu, js, wasm }, chunkBytes, runningSum, fits: gpu + js + wasm <= budgetBytes };
}

/** One lane: every ingredient's part, the soup, and the list of what is summed again. */
function slotBytes(ingredients: number, chunkBytes: number): number {
  return chunkBytes * (ingredients + 1) + againBytes(chunkBytes);
}

/** Two copies on their way back: a batch of small tensors, or one large tensor. */
function readBackBytes(specs: readonly TensorSpec[]): number {
  const largest = specs.reduce((most, spec) => Math.max(most, bufferBytes(spec)), 0);
  return 2 * Math.min(Math.max(READBACK_BYTES, largest), setBytes(specs));
}

function valueBytes(specs: readonly TensorSpec[]): number {
  return specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
}
