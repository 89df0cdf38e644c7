import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PreparedSet, readDataset } from '../data/index.ts';
import { buildTemplate, fromBlob, type ModelIndex, readModel, readTensor } from '../onnx/index.ts';
import { firstIndices } from './batches.ts';
import type { Scorer } from './types.ts';
import { openWasmScorer } from './wasmPool.ts';

// The sample kit against what onnxruntime in Python counted (expected.json): identical, image for image.
const KIT = '/samples/fashion';
const SETS = ['select', 'faint'] as const;
interface Expected {
  readonly checkpoints: readonly {
    readonly file: string;
    readonly sets: Record<string, { readonly correct: number; readonly loss: number }>;
  }[];
}
const models = new Map<string, ModelIndex>();
const sets = new Map<string, PreparedSet>();
let expected: Expected;
let pool: Scorer;
let promoted: readonly string[] = [];

async function blob(file: string): Promise<Blob> {
  const response = await fetch(`${KIT}/${file}`);
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return response.blob();
}

beforeAll(async () => {
  expected = JSON.parse(await (await blob('expected.json')).text());
  const kit = JSON.parse(await (await blob('kit.json')).text());
  for (const { file } of expected.checkpoints) {
    const read = await readModel(fromBlob(file, await blob(file)), []);
    if (!read.ok) throw new Error(read.problem.text);
    models.set(file, read.model);
  }
  const first = [...models.values()][0];
  if (first === undefined) throw new Error('the kit has no checkpoints');
  promoted = first.initializers.filter(({ dataType, dims }) => dataType === 'float32' && dims.length > 0).map(({ name }) => name);
  pool = await openWasmScorer({ template: await buildTemplate(first, promoted), workers: 2 });
  for (const name of SETS) {
    const read = await readDataset([{ path: `${name}.npz`, blob: await blob(`${name}.npz`) }], { name });
    if (!read.ok) throw new Error(read.problem.text);
    const set = { dataset: read.dataset, preprocessing: kit.preprocessing, inputDims: [1, 28, 28], inputName: first.inputs[0]?.name ?? '' };
    sets.set(name, set);
    await pool.addSet(name, set);
  }
});
afterAll(() => pool.close());

describe('the fashion kit on the wasm pool', () => {
  it('scores every checkpoint as onnxruntime in Python does, all at once', async () => {
    const scored = expected.checkpoints.map(async ({ file, sets: wanted }) => {
      const tensors = new Map<string, Uint8Array<ArrayBuffer>>();
      for (const initializer of models.get(file)?.initializers ?? []) {
        if (promoted.includes(initializer.name)) tensors.set(initializer.name, await readTensor(initializer));
      }
      await pool.addWeights(file, { kind: 'cpu', tensors });
      for (const name of SETS) {
        const { labels = new Int32Array(0), n } = sets.get(name)?.dataset ?? { n: 0 };
        const { values, classes } = await pool.score(file, name, firstIndices(n));
        let correct = 0;
        let loss = 0;
        for (let row = 0; row < n; row++) {
          const logits = [...values.subarray(row * classes, (row + 1) * classes)];
          const largest = Math.max(...logits);
          const label = labels[row] ?? -1;
          if (logits.indexOf(largest) === label) correct++;
          loss += largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)) - (logits[label] ?? Number.NaN);
        }
        expect({ file, name, correct }).toEqual({ file, name, correct: wanted[name]?.correct });
        // Float32 logits of order 10 differ by about 1e-5 between two sets of kernels; a mean over 2,000 images by less.
        expect(Math.abs(loss / n - (wanted[name]?.loss ?? Number.NaN))).toBeLessThanOrEqual(1e-5);
      }
    });
    await Promise.all(scored);
    expect(pool.sessionsCreated).toBe(2);
  });
});
