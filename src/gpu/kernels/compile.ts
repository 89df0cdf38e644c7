import type { StorageType } from '../types.ts';
import bfloat16 from './storage/bfloat16.wgsl?raw';
import float16 from './storage/float16.wgsl?raw';
import float32 from './storage/float32.wgsl?raw';
import float64 from './storage/float64.wgsl?raw';

/** Invocations a workgroup in every kernel of the room. */
export const WORKGROUP_SIZE = 64;

const STORAGE = { float32, float16, bfloat16, float64 } as const satisfies Record<StorageType, string>;

/**
 * Compiles one entry point of WGSL sources for one storage type; that type's file comes before them, because WGSL has no imports.
 * @throws Error with the compiler's own words.
 */
export async function compile(
  device: GPUDevice,
  sources: readonly string[],
  entryPoint: string,
  dataType: StorageType,
  constants: Readonly<Record<string, number>> = {},
): Promise<GPUComputePipeline> {
  const label = `${entryPoint}, ${dataType}`;
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: `${STORAGE[dataType]}\n${sources.join('\n')}` });
  const invalid = await device.popErrorScope();
  if (invalid !== null) throw new Error(`Kernel "${label}" does not compile: ${invalid.message}`);
  return device.createComputePipelineAsync({
    label,
    layout: 'auto',
    compute: { module, entryPoint, constants: { workgroupSize: WORKGROUP_SIZE, ...constants } },
  });
}
