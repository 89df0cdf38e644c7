import type { AdapterFacts, Gpu } from './types.ts';

const WANTED_FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

/** Limits that matter to weights and to the inference engine; asked for at the adapter's own values. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxBindGroups',
  'maxBindingsPerBindGroup',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** What a device remembers at most of errors outside any scope; one is enough to distrust a result. */
const ERRORS_KEPT = 20;

/** True where the browser says so, or the adapter is a rasteriser known to run on the CPU. */
export function isSoftware(
  info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & { isFallbackAdapter?: boolean },
): boolean {
  if (info.isFallbackAdapter === true) return true;
  const words = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  return /swiftshader|llvmpipe|lavapipe|basic render|software/.test(words);
}

function describe(adapter: GPUAdapter): AdapterFacts {
  const { info } = adapter;
  const named = [info.vendor, info.architecture].filter((word) => word !== '').join(' ');
  return {
    description: info.description !== '' ? info.description : named !== '' ? named : 'WebGPU adapter',
    vendor: info.vendor,
    architecture: info.architecture,
    software: isSoftware(info),
    features: [...adapter.features].sort(),
    maxBufferSize: adapter.limits.maxBufferSize,
    maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
  };
}

/**
 * Opens the strongest adapter with its own limits. Works on a page and in a worker. The caller owns the result and calls `close`.
 * @returns undefined where the browser has no WebGPU or no adapter, or grants no device.
 */
export async function openGpu(): Promise<Gpu | undefined> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu === undefined) return undefined;
  let adapter: GPUAdapter | null;
  let device: GPUDevice;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) return undefined;
    const { features, limits } = adapter;
    device = await adapter.requestDevice({
      label: 'soup lab',
      requiredFeatures: WANTED_FEATURES.filter((feature) => features.has(feature)),
      requiredLimits: Object.fromEntries(WANTED_LIMITS.map((name) => [name, limits[name]])),
    });
  } catch {
    // A blocked or crashed GPU process answers with an exception; for us that is no adapter.
    return undefined;
  }
  let errors: string[] = [];
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    if (errors.length < ERRORS_KEPT) errors.push(event.error.message);
  });
  return {
    device,
    adapter,
    facts: describe(adapter),
    lost: device.lost.then((info) =>
      info.message === '' ? `device lost (${info.reason})` : `device lost (${info.reason}): ${info.message}`,
    ),
    takeErrors() {
      const taken = errors;
      errors = [];
      return taken;
    },
    close() {
      device.destroy();
    },
  };
}
