import { elementBytes } from '../slots.ts';
import type { StorageType } from '../types.ts';

/** What the list of groups to be done again begins with: arguments of an indirect dispatch of no workgroup, and no group. */
export const NOTHING_AGAIN = Uint32Array.of(0, 1, 1, 0);

/** Bytes of the elements an invocation works on: four, but a float64 goes alone. */
export function groupBytes(dataType: StorageType): number {
  return dataType === 'float64' ? 8 : 4 * elementBytes(dataType);
}

/** Bytes of a list that has a place for every group of `bytes` of any storage type. */
export function againBytes(bytes: number): number {
  return NOTHING_AGAIN.byteLength + (bytes / groupBytes('float16')) * 4;
}

/** A quick kernel, absent for float64, and the exact one that does again what the quick one leaves. */
export interface TwoWays {
  readonly quick: GPUComputePipeline | undefined;
  readonly exact: GPUComputePipeline;
}

export interface AgainBuffers {
  /** {@link againBytes} long, INDIRECT | STORAGE | COPY_DST. */
  readonly again: GPUBuffer;
  /** {@link NOTHING_AGAIN}, COPY_SRC. */
  readonly nothing: GPUBuffer;
}

/**
 * Encodes the quick kernel over all groups, then the exact one over those on the list (or over all where there is no quick one).
 * Binding 4 is the list, 5 the report; `entries` are the others, the same for both.
 */
export function encodeTwoWays(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  label: string,
  ways: TwoWays,
  entries: readonly GPUBindGroupEntry[],
  buffers: AgainBuffers & { readonly report: GPUBuffer },
  workgroups: number,
): void {
  const again = { binding: 4, resource: { buffer: buffers.again } };
  const report = { binding: 5, resource: { buffer: buffers.report } };
  encoder.copyBufferToBuffer(buffers.nothing, 0, buffers.again, 0, NOTHING_AGAIN.byteLength);
  const pass = encoder.beginComputePass({ label });
  const use = (pipeline: GPUComputePipeline, more: readonly GPUBindGroupEntry[]) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ label, layout: pipeline.getBindGroupLayout(0), entries: [...entries, ...more] }));
  };
  if (ways.quick === undefined) {
    use(ways.exact, [report]);
    pass.dispatchWorkgroups(workgroups);
  } else {
    use(ways.quick, [again]);
    pass.dispatchWorkgroups(workgroups);
    use(ways.exact, [again, report]);
    pass.dispatchWorkgroupsIndirect(buffers.again, 0);
  }
  pass.end();
}
