import { expect, test } from 'vitest';
import { checkAveraging, openGpu, plainKitchen, webgpuKitchen } from './index.ts';

test('check', async () => {
  const gpu = await openGpu();
  if (!gpu) throw new Error('no');
  console.log(JSON.stringify(gpu.facts));
  const k = webgpuKitchen(gpu);
  const c = await checkAveraging(k);
  const c2 = await checkAveraging(webgpuKitchen(gpu, { careful: true }));
  const p = await checkAveraging(plainKitchen());
  console.log(JSON.stringify([c, c2, p, k.memory, gpu.takeErrors()]));
  expect(c.ok).toBe(true);
});
