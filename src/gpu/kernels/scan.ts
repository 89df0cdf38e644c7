import type { StorageType } from '../types.ts';
import { compile, WORKGROUP_SIZE } from './compile.ts';
import scan from './scan.wgsl?raw';

/** Bytes from one range's `Params` to the next: uniform offsets must be multiples of this on every adapter. */
export const SCAN_PARAMS_STRIDE = 256;

/** Enough to keep any GPU busy; the kernel strides over the rest. */
const MOST_WORKGROUPS = 4096;

export function scanPipeline(device: GPUDevice, dataType: StorageType): Promise<GPUComputePipeline> {
  return compile(device, [scan], 'scan', dataType);
}

/** One range of a tensor's buffer, its number in the report, and where its `Params` lie. */
export interface ScanRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly words: number;
  readonly params: GPUBuffer;
  readonly paramsOffset: number;
  readonly report: GPUBuffer;
}

export function encodeScan(device: GPUDevice, pass: GPUComputePassEncoder, pipeline: GPUComputePipeline, range: ScanRange): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      label: 'scan',
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: range.params, offset: range.paramsOffset, size: 16 } },
        { binding: 1, resource: { buffer: range.buffer, offset: range.offset, size: range.words * 4 } },
        { binding: 2, resource: { buffer: range.report } },
      ],
    }),
  );
  pass.dispatchWorkgroups(Math.min(MOST_WORKGROUPS, Math.ceil(range.words / WORKGROUP_SIZE)));
}
