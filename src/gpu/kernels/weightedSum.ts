import type { StorageType } from '../types.ts';
import type { Quick } from '../weights.ts';
import { type AgainBuffers, encodeTwoWays, groupBytes, type TwoWays } from './again.ts';
import { compile, WORKGROUP_SIZE } from './compile.ts';
import doubleFloat from './doubleFloat.wgsl?raw';
import exactSum from './exactSum.wgsl?raw';
import softFloat64 from './softFloat64.wgsl?raw';
import weightedSum from './weightedSum.wgsl?raw';

/** Bytes of `Params` in weightedSum.wgsl and exactSum.wgsl. */
export const WEIGHTED_SUM_PARAMS_BYTES = 32;

/** How many ingredients the quick sum adds without a loop. */
const MOST_STRAIGHT = 8;

/** What sets one quick sum apart from another. */
export interface QuickShape {
  /** All weights are equal: terms are added first and scaled once. */
  readonly uniform: boolean;
  /** Ingredients if few enough to be added without a loop, else 0. */
  readonly straight: number;
}

export function quickShape(weights: readonly number[]): QuickShape {
  return { uniform: weights.every((weight) => weight === weights[0]), straight: weights.length <= MOST_STRAIGHT ? weights.length : 0 };
}

/** Compiles the double-float sum, for any type but float64. */
export function quickSumPipeline(device: GPUDevice, dataType: StorageType, shape: QuickShape): Promise<GPUComputePipeline> {
  return compile(device, [doubleFloat, weightedSum], 'main', dataType, { uniformWeights: shape.uniform ? 1 : 0, straight: shape.straight });
}

/** Compiles the float64 loop in integers. */
export function exactSumPipeline(device: GPUDevice, dataType: StorageType): Promise<GPUComputePipeline> {
  return compile(device, [softFloat64, exactSum], dataType === 'float64' ? 'mainWide' : 'main', dataType);
}

export interface WeightedSumJob {
  readonly ingredients: number;
  readonly dataType: StorageType;
  /** Bytes of the result, a multiple of 16. */
  readonly bytes: number;
  /** Bytes from one ingredient's part to the next, a multiple of 16. */
  readonly stride: number;
  /** Where this job's row of `ingredients + 1` element numbers begins in the report. */
  readonly reportBase: number;
  readonly quick: Quick;
}

/** `Params` of one dispatch. */
export function encodeJob(job: WeightedSumJob): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(WEIGHTED_SUM_PARAMS_BYTES / 4);
  const group = groupBytes(job.dataType);
  words.set([job.ingredients, job.bytes / group, job.stride / group, job.reportBase]);
  new Float32Array(words.buffer).set([job.quick.smallest, job.quick.ratio], 4);
  words[6] = job.quick.largestBits;
  return words;
}

export interface WeightedSumBindings extends AgainBuffers {
  readonly params: { readonly buffer: GPUBuffer; readonly offset: number };
  readonly weights: GPUBuffer;
  readonly parts: GPUBuffer;
  readonly soup: GPUBufferBinding;
  readonly report: GPUBuffer;
}

/** Encodes one job; `bindings.params` must hold {@link encodeJob} by the time it runs. */
export function encodeWeightedSum(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  ways: TwoWays,
  bindings: WeightedSumBindings,
  dataType: StorageType,
  bytes: number,
): void {
  const entries = [
    { binding: 0, resource: { ...bindings.params, size: WEIGHTED_SUM_PARAMS_BYTES } },
    { binding: 1, resource: { buffer: bindings.weights } },
    { binding: 2, resource: { buffer: bindings.parts } },
    { binding: 3, resource: bindings.soup },
  ];
  const workgroups = Math.ceil(bytes / groupBytes(dataType) / WORKGROUP_SIZE);
  encodeTwoWays(device, encoder, 'weighted sum', ways, entries, bindings, workgroups);
}
