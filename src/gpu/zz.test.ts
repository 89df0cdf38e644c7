import { test } from 'vitest';
import { checkAveraging, openGpu, planMemory, webgpuKitchen } from './index.ts';
import { scanPipeline } from './kernels/scan.ts';
import type { TensorSpec } from './types.ts';

test('bench', async () => {
  const gpu = await openGpu();
  if (!gpu) throw new Error('no');
  const log: string[] = [];
  const time = async (name: string, f: () => Promise<unknown>) => {
    const t = performance.now();
    const r = await f();
    log.push(`${name} ${(performance.now() - t).toFixed(0)} ms`);
    return r;
  };
  await time('scan pipe', () => scanPipeline(gpu.device, 'float32'));
  const k = webgpuKitchen(gpu);
  await time('check', () => checkAveraging(k));
  await time('check again', () => checkAveraging(k));
  const MB = 340,
    N = 4;
  const per = 1 << 20;
  const specs: TensorSpec[] = Array.from({ length: MB / 4 }, (_, i) => ({ name: `t${i}`, dataType: 'float32' as const, elements: per }));
  const base = new Float32Array((MB * 1024 * 1024) / 4);
  for (let i = 0; i < base.length; i++) base[i] = Math.sin(i * 0.7) * 0.05;
  const blob = new Blob([base]);
  const sources = Array.from({ length: N }, (_, n) => ({
    name: `b${n}`,
    read: async (spec: TensorSpec, off: number, len: number) => {
      const s = Number(spec.name.slice(1)) * per * 4 + off;
      return new Uint8Array(await blob.slice(s, s + len).arrayBuffer());
    },
  }));
  const plan = {
    ...planMemory({ specs, ingredients: N, budgetBytes: 2 ** 30, greedy: false, provider: 'webgpu', sessions: 1, constantsBytes: 0 }),
  };
  log.push(JSON.stringify(plan));
  for (let r = 0; r < 3; r++) {
    await time('read only', async () => {
      const jobs = specs.flatMap((s) => sources.flatMap((b) => [0, 1].map((h) => [s, b, h] as const)));
      let n = 0;
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let j = jobs[n++]; j; j = jobs[n++]) await j[1].read(j[0], j[2] * per * 2, per * 2);
        }),
      );
    });
    await time('cookStreamed uniform', async () => (await k.cookStreamed(specs, sources, [0.25, 0.25, 0.25, 0.25], plan)).release());
    await time('cookStreamed weighted', async () => (await k.cookStreamed(specs, sources, [0.2, 0.3, 0.25, 0.25], plan)).release());
  }
  const sum = k.openSum(specs);
  for (const s of sources.slice(0, 2)) await time('sum add', () => sum.add(s, plan));
  await time('sum mean+', async () => (await sum.mean(sources[0], plan)).release());
  sum.release();
  log.push(JSON.stringify([k.memory, gpu.takeErrors()]));
  throw new Error(log.join('\n'));
}, 300000);
