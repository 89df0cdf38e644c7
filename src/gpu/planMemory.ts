import { ALIGNMENT, arenaBytes, bufferBytes, elementBytes, planSlots, roundUp, tensorBytes } from './slots.ts';
import type { MemoryPlan, TensorSpec } from './types.ts';

/** Slots on their way at once while streaming: one being read, one uploaded, one computed, one spare. */
export const STREAM_LANES = 4;
/** Parts of one ingredient on their way at once while it is loaded. */
export const LOAD_LANES = 8;
/** Smallest and largest part of one ingredient in a slot. Below, reads and dispatches cost more than the bytes in them. */
const LEAST_CHUNK = 64 * 1024;
const MOST_CHUNK = 4 * 1024 * 1024;
/** What all lanes together may hold of ingredients; enough to keep disk, upload and kernel busy. */
export const RING_BYTES = 32 * 1024 * 1024;
/** Ingredients' parts that a resident soup gathers side by side before it adds them. */
export const GATHER_BYTES = 32 * 1024 * 1024;
/** Resident soups besides the ingredients: the one shown, one on trial, the best. */
const RESIDENT_SOUPS = 3;
/** Streamed greedy holds the best soup and the one on trial. */
const STREAMED_SOUPS = 2;
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
}

/** The part of one ingredient a slot takes, so that `lanes` slots of `ingredients` stay within `ringBytes`: a power of two. */
export function chunkFor(ingredients: number, ringBytes: number, lanes: number, mostBytes = MOST_CHUNK): number {
  const fair = ringBytes / (Math.max(1, ingredients) * lanes);
  return Math.min(mostBytes, Math.max(LEAST_CHUNK, 2 ** Math.floor(Math.log2(Math.max(1, fair)))));
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
 * Pure. The GPU prediction covers what the kitchen creates ({@link Kitchen.memory}); the browser's own transfer buffers, at most
 * one ring more, are counted in `js`.
 */
export function planMemory(question: MemoryQuestion): MemoryPlan {
  const { specs, ingredients, budgetBytes } = question;
  const weights = setBytes(specs);
  const values = specs.reduce((sum, spec) => sum + tensorBytes(spec), 0);
  const largest = specs.reduce((most, spec) => Math.max(most, bufferBytes(spec)), 0);
  const readback = 2 * Math.max(READBACK_BYTES, largest);
  const onWasm = question.provider === 'wasm';
  // wasm: a session's input copy and ORT's own, both as float32 at least; WebGPU binds our buffers.
  const evaluation = onWasm ? question.sessions * 2 * values : 0;
  const wasm = evaluation + question.sessions * question.constantsBytes;
  const jsWeights = onWasm ? values : 0;

  const gather = chunkFor(ingredients, GATHER_BYTES, 1);
  const residentGpu =
    weights * (ingredients + RESIDENT_SOUPS) + gather * (ingredients + 1) + readback + overheadBytes(specs, ingredients, gather);
  const residentJs = 2 * RING_BYTES + jsWeights + largest;
  const chunkBytes = chunkFor(ingredients, RING_BYTES, STREAM_LANES);
  if (residentGpu + residentJs + wasm <= budgetBytes) {
    return { mode: 'resident', budgetBytes, predicted: { gpu: residentGpu, js: residentJs, wasm }, chunkBytes, fits: true };
  }

  const sum = question.greedy === false ? 0 : runningSumBytes(specs);
  const streamedWith = (chunk: number): MemoryPlan => {
    const gpu =
      weights * STREAMED_SOUPS + sum + STREAM_LANES * chunk * (ingredients + 1) + readback + overheadBytes(specs, ingredients, chunk);
    const js = 2 * STREAM_LANES * chunk * ingredients + jsWeights + largest;
    return { mode: 'streamed', budgetBytes, predicted: { gpu, js, wasm }, chunkBytes: chunk, fits: gpu + js + wasm <= budgetBytes };
  };
  let plan = streamedWith(chunkBytes);
  for (let chunk = chunkBytes / 2; !plan.fits && chunk >= LEAST_CHUNK; chunk /= 2) plan = streamedWith(chunk);
  return plan;
}
