import { elementBytes } from '../slots.ts';
import type { StorageType } from '../types.ts';
import type { Quick } from '../weights.ts';
import { compile, WORKGROUP_SIZE } from './compile.ts';
import exactSum from './exactSum.wgsl?raw';
import weightedSum from './weightedSum.wgsl?raw';

/** Bytes of `Params` in weightedSum.wgsl and exactSum.wgsl. */
export const WEIGHTED_SUM_PARAMS_BYTES = 32;

/** What `again` begins with: arguments of an indirect dispatch of no workgroup, and an empty list. */
export const NOTHING_AGAIN = Uint32Array.of(0, 1, 1, 0);

/** Elements an invocation adds up. A float64 goes alone. */
function groupBytes(dataType: StorageType): number {
  return dataType === 'float64' ? 8 : 4 * elementBytes(dataType);
}

/** Bytes of a list that has a place for every group of `bytes` of any storage type. */
export function againBytes(bytes: number): number {
  return NOTHING_AGAIN.byteLength + (bytes / groupBytes('float16')) * 4;
}

export interface WeightedSumPipelines {
  /** The double-float sum; absent for float64. */
  readonly quick: GPUComputePipeline | undefined;
  /** The float64 loop in integers, for what the quick sum leaves. */
  readonly exact: GPUComputePipeline;
}

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
  return compile(device, weightedSum, 'main', dataType, { uniformWeights: shape.uniform ? 1 : 0, straight: shape.straight });
}

/** Compiles the float64 loop in integers. */
export function exactSumPipeline(device: GPUDevice, dataType: StorageType): Promise<GPUComputePipeline> {
  return compile(device, exactSum, dataType === 'float64' ? 'main64' : 'main', dataType);
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

/** Infinity of float16 as weightedSum.wgsl widens it. */
const HALF_INFINITY_BITS = 0x47800000;

/** `Params` of one dispatch. */
export function encodeJob(job: WeightedSumJob): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(WEIGHTED_SUM_PARAMS_BYTES / 4);
  const group = groupBytes(job.dataType);
  words.set([job.ingredients, job.bytes / group, job.stride / group, job.reportBase]);
  new Float32Array(words.buffer).set([job.quick.smallest, job.quick.ratio], 4);
  words[6] = job.dataType === 'float16' ? Math.min(job.quick.largestBits, HALF_INFINITY_BITS) : job.quick.largestBits;
  return words;
}

export interface WeightedSumBindings {
  readonly params: { readonly buffer: GPUBuffer; readonly offset: number };
  readonly weights: GPUBuffer;
  readonly parts: GPUBuffer;
  readonly soup: GPUBufferBinding;
  /** {@link againBytes} long, INDIRECT | STORAGE | COPY_DST. */
  readonly again: GPUBuffer;
  /** {@link NOTHING_AGAIN}, COPY_SRC. */
  readonly nothing: GPUBuffer;
  readonly report: GPUBuffer;
}

/** Encodes one job; `bindings.params` must hold {@link encodeJob} by the time it runs. */
export function encodeWeightedSum(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  pipelines: WeightedSumPipelines,
  bindings: WeightedSumBindings,
  dataType: StorageType,
  bytes: number,
): void {
  encoder.copyBufferToBuffer(bindings.nothing, 0, bindings.again, 0, NOTHING_AGAIN.byteLength);
  const pass = encoder.beginComputePass({ label: 'weighted sum' });
  const shared: GPUBindGroupEntry[] = [
    { binding: 0, resource: { ...bindings.params, size: WEIGHTED_SUM_PARAMS_BYTES } },
    { binding: 1, resource: { buffer: bindings.weights } },
    { binding: 2, resource: { buffer: bindings.parts } },
    { binding: 3, resource: bindings.soup },
  ];
  const again = { binding: 4, resource: { buffer: bindings.again } };
  const report = { binding: 5, resource: { buffer: bindings.report } };
  const use = (pipeline: GPUComputePipeline, entries: GPUBindGroupEntry[]) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ label: 'weighted sum', layout: pipeline.getBindGroupLayout(0), entries }));
  };
  const workgroups = Math.ceil(bytes / groupBytes(dataType) / WORKGROUP_SIZE);
  if (pipelines.quick === undefined) {
    use(pipelines.exact, [...shared, report]);
    pass.dispatchWorkgroups(workgroups);
  } else {
    use(pipelines.quick, [...shared, again]);
    pass.dispatchWorkgroups(workgroups);
    use(pipelines.exact, [...shared, again, report]);
    pass.dispatchWorkgroupsIndirect(bindings.again, 0);
  }
  pass.end();
}
