import type { StorageType } from '../types.ts';
import { splitFactor } from '../weights.ts';
import { type AgainBuffers, encodeTwoWays, groupBytes, type TwoWays } from './again.ts';
import { compile, WORKGROUP_SIZE } from './compile.ts';
import doubleFloat from './doubleFloat.wgsl?raw';
import exactRunningSum from './exactRunningSum.wgsl?raw';
import runningSum from './runningSum.wgsl?raw';
import softFloat64 from './softFloat64.wgsl?raw';

/** Bytes of `Params` in runningSum.wgsl and exactRunningSum.wgsl. */
export const RUNNING_SUM_PARAMS_BYTES = 48;

export interface RunningSumPipelines {
  readonly add: TwoWays;
  readonly mean: TwoWays;
}

/** Compiles both kernels of a running sum. `careful`: everything in integers. */
export async function runningSumPipelines(device: GPUDevice, dataType: StorageType, careful: boolean): Promise<RunningSumPipelines> {
  const both = async (entryPoint: 'add' | 'mean'): Promise<TwoWays> => {
    const wide = dataType === 'float64';
    const [quick, exact] = await Promise.all([
      wide ? undefined : compile(device, [doubleFloat, runningSum], entryPoint, dataType, { careful: careful ? 1 : 0 }),
      compile(device, [softFloat64, exactRunningSum], wide ? `${entryPoint}Wide` : entryPoint, dataType),
    ]);
    return { quick, exact };
  };
  const [add, mean] = await Promise.all([both('add'), both('mean')]);
  return { add, mean };
}

export interface RunningSumJob {
  readonly dataType: StorageType;
  /** Bytes of the part, a multiple of 16. */
  readonly bytes: number;
  /** Ingredients in the sum so far. */
  readonly count: number;
  /** Where this slot's element number is in the report. */
  readonly reportBase: number;
  readonly hasExtra: boolean;
  /** `1 / number of ingredients` of a mean. */
  readonly reciprocal: number;
}

export function encodeSumJob(job: RunningSumJob): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(RUNNING_SUM_PARAMS_BYTES / 4);
  words.set([job.bytes / groupBytes(job.dataType), job.count, job.reportBase, job.hasExtra ? 1 : 0]);
  new DataView(words.buffer).setFloat64(16, job.reciprocal, true);
  new Float32Array(words.buffer).set(splitFactor(job.reciprocal), 8);
  return words;
}

export interface RunningSumBindings extends AgainBuffers {
  readonly params: { readonly buffer: GPUBuffer; readonly offset: number };
  readonly part: GPUBuffer;
  readonly sums: GPUBufferBinding;
  /** Only for a mean. */
  readonly soup?: GPUBufferBinding;
  readonly report: GPUBuffer;
}

/** Encodes `add`, or `mean` where there is a soup to write. */
export function encodeRunningSum(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipelines: RunningSumPipelines,
  bindings: RunningSumBindings,
  dataType: StorageType,
  bytes: number,
): void {
  const { soup } = bindings;
  const entries = [
    { binding: 0, resource: { ...bindings.params, size: RUNNING_SUM_PARAMS_BYTES } },
    { binding: 1, resource: { buffer: bindings.part } },
    { binding: 2, resource: bindings.sums },
    ...(soup === undefined ? [] : [{ binding: 3, resource: soup }]),
  ];
  const workgroups = Math.ceil(bytes / groupBytes(dataType) / WORKGROUP_SIZE);
  encodeTwoWays(device, encoder, 'running sum', soup === undefined ? pipelines.add : pipelines.mean, entries, bindings, workgroups);
}
