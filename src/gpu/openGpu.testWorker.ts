import { checkAveraging, openGpu, webgpuKitchen } from './index.ts';

/** Opens a device inside a worker and averages on it; the page side is in openGpu.test.ts. */
async function check(): Promise<unknown> {
  const gpu = await openGpu();
  if (gpu === undefined) return { ok: false, reason: 'no adapter' };
  const kitchen = webgpuKitchen(gpu);
  try {
    return await checkAveraging(kitchen);
  } finally {
    kitchen.close();
    gpu.close();
  }
}

check().then(
  (answer) => postMessage(answer),
  (error: unknown) => postMessage({ ok: false, reason: String(error) }),
);
