import type { StorageType } from '../types.ts';
import { compile, WORKGROUP_SIZE } from './compile.ts';
import runningSum from './runningSum.wgsl?raw';

/** Bytes of `Params` in runningSum.wgsl. */
export const RUNNING_SUM_PARAMS_BYTES = 32;

export interface RunningSumPipelines {
  readonly add: GPUComputePipeline;
  readonly mean: GPUComputePipeline;
}

export async function runningSumPipelines(device: GPUDevice, dataType: StorageType): Promise<RunningSumPipelines> {
  const [add, mean] = await Promise.all([compile(device, runningSum, 'add', dataType), compile(device, runningSum, 'mean', dataType)]);
  return { add, mean };
}

export interface RunningSumJob {
  readonly elements: number;
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
  words.set([job.elements, job.count, job.reportBase, job.hasExtra ? 1 : 0]);
  new DataView(words.buffer).setFloat64(16, job.reciprocal, true);
  return words;
}

export interface RunningSumBindings {
  readonly params: { readonly buffer: GPUBuffer; readonly offset: number };
  readonly part: GPUBuffer;
  readonly sum: GPUBufferBinding;
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
  elements: number,
): void {
  const { soup } = bindings;
  const pipeline = soup === undefined ? pipelines.add : pipelines.mean;
  const packed = soup !== undefined && (dataType === 'float16' || dataType === 'bfloat16');
  const pass = encoder.beginComputePass({ label: 'running sum' });
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      label: 'running sum',
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { ...bindings.params, size: RUNNING_SUM_PARAMS_BYTES } },
        { binding: 1, resource: { buffer: bindings.part } },
        { binding: 2, resource: bindings.sum },
        ...(soup === undefined ? [] : [{ binding: 3, resource: soup }]),
        { binding: 4, resource: { buffer: bindings.report } },
      ],
    }),
  );
  pass.dispatchWorkgroups(Math.ceil((packed ? Math.ceil(elements / 2) : elements) / WORKGROUP_SIZE));
  pass.end();
}
