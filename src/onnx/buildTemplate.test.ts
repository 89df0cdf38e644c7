import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, encoded, fixture, indexed, indexedFixture, sourceOf } from './fixtures/fixture.ts';
import { buildTemplate, fromBlob, type ModelIndex, readTensor, spliceModel, type Template } from './index.ts';

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

type Feeds = Readonly<Record<string, ort.Tensor>>;

/** Sessions one after the other: ORT takes one thing at a time. */
async function run(model: Uint8Array, feeds: Feeds, externalData: Template['externalData'] = []): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], externalData: [...externalData] });
  try {
    const outputs = await session.run(feeds);
    const [first] = Object.values(outputs);
    if (!(first?.data instanceof Float32Array)) throw new Error('no float logits');
    return first.data.slice();
  } finally {
    await session.release();
  }
}

async function weightFeeds(model: ModelIndex, names: readonly string[]): Promise<Feeds> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const tensor of model.initializers) {
    if (!names.includes(tensor.name)) continue;
    const bytes = await readTensor(tensor);
    const data = tensor.dataType === 'float16' ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer);
    feeds[tensor.name] = new ort.Tensor(tensor.dataType as 'float32', data as Float32Array, [...tensor.dims]);
  }
  return feeds;
}

function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i));
}

function other(model: ModelIndex, name: string, seed: number): Uint8Array<ArrayBuffer> {
  const elements = model.initializers.find((tensor) => tensor.name === name)?.elements ?? 0;
  return new Uint8Array(Float32Array.from({ length: elements }, (_, i) => Math.cos(i + seed)).buffer);
}

function maxDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

function promotable(model: ModelIndex): readonly string[] {
  return model.initializers.filter(({ dataType, dims }) => dataType === 'float32' && dims.length > 0).map(({ name }) => name);
}

/** Logits of an ordinary session of the file, with other weights spliced in where given. */
async function ordinary(model: ModelIndex, x: Feeds, weights: ReadonlyMap<string, Uint8Array> = new Map()): Promise<Float32Array> {
  const files = spliceModel(model, weights, { 'soup_lab.test': 'yes' });
  const [graph, ...data] = await Promise.all(
    files.map(async ({ name, blob }) => ({ path: name, data: new Uint8Array(await blob.arrayBuffer()) })),
  );
  return run(graph?.data ?? new Uint8Array(0), x, data);
}

describe('the template with its weights as inputs gives the logits of the ordinary model', () => {
  const small = ['raw', 'typed', 'external', 'overridable', 'odd-order', 'subgraph', 'function', 'torchscript', 'constant-nodes'];
  test.each(small)('%s', async (name) => {
    const model = await indexedFixture(`${name}.onnx`);
    const x = { x: new ort.Tensor('float32', ramp(16), [2, 8]) };
    const promote = promotable(model);
    const template = await buildTemplate(model, promote);
    expect(template.weights.map((weight) => weight.name)).toEqual(promote);
    expect(template.externalData).toEqual([]);
    const logits = await run(template.model, { ...x, ...(await weightFeeds(model, promote)) });
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(maxDifference(logits, await ordinary(model, x))).toBeLessThanOrEqual(1e-6);
  });

  test('the sample kit, and other weights of the same template', async () => {
    const model = await indexed(await fixture('/samples/fashion/run-1.onnx'));
    const another = await indexed(await fixture('/samples/fashion/run-2.onnx'));
    const [input] = model.inputs;
    const x = { [input?.name ?? '']: new ort.Tensor('float32', ramp(3 * 784), [3, 1, 28, 28]) };
    const template = await buildTemplate(model, promotable(model));
    for (const weights of [model, another]) {
      const logits = await run(template.model, { ...x, ...(await weightFeeds(weights, promotable(model))) });
      expect(maxDifference(logits, await run(await bytesOf(weights.source), x))).toBeLessThanOrEqual(1e-6);
    }
    expect(template.model.length).toBeLessThan(30_000);
    expect(structuredClone(template)).toEqual(template);
  });

  test.each(['raw', 'typed', 'external', 'overridable', 'odd-order', 'torchscript'])('%s: hot-swapped = spliced', async (name) => {
    const model = await indexedFixture(`${name}.onnx`);
    const x = { x: new ort.Tensor('float32', ramp(16), [2, 8]) };
    const given = new Map(promotable(model).map((weight, i) => [weight, other(model, weight, i)]));
    const feeds: Record<string, ort.Tensor> = {};
    for (const { name, dims } of (await buildTemplate(model, promotable(model))).weights) {
      feeds[name] = new ort.Tensor('float32', new Float32Array((given.get(name) ?? new Uint8Array(0)).buffer), [...dims]);
    }
    const swapped = await run((await buildTemplate(model, promotable(model))).model, { ...x, ...feeds });
    expect(maxDifference(swapped, await ordinary(model, x, given))).toBeLessThanOrEqual(1e-6);
    expect(maxDifference(swapped, await ordinary(model, x))).toBeGreaterThan(1e-3);
  });

  test('some promoted, the others constant', async () => {
    const model = await indexedFixture('raw.onnx');
    const x = { x: new ort.Tensor('float32', ramp(8), [1, 8]) };
    const template = await buildTemplate(model, ['fc2.weight']);
    expect(template.inputs.map(({ name }) => name)).toEqual(['x']);
    const logits = await run(template.model, { ...x, ...(await weightFeeds(model, ['fc2.weight'])) });
    expect(maxDifference(logits, await run(await bytesOf(model.source), x))).toBeLessThanOrEqual(1e-6);
  });
});

test('inputs are the model’s own and the weights, nothing overridable', async () => {
  const model = await indexedFixture('overridable.onnx');
  const template = await indexed(fromBlob('t.onnx', new Blob([(await buildTemplate(model, ['fc1.weight'])).model])));
  expect(template.skeleton.graph?.input.map(({ name }) => name)).toEqual(['x', 'fc1.weight']);
  expect(template.inputs[1]).toEqual({ name: 'fc1.weight', dataType: 'float32', dims: [8, 6] });
  expect(template.initializers.map(({ name }) => name)).toEqual(['fc1.bias', 'fc2.weight', 'fc2.bias']);
  expect(template.skeleton.irVersion).toBe(4n);
});

test('constants of more than 32 MB go beside the model, and the session takes them', async () => {
  const size = 3000;
  const matrix = new Float32Array(size * size).fill(1 / size);
  const bias = new Float32Array(size).fill(2);
  const raw = (name: string, dims: readonly number[], data: Float32Array<ArrayBuffer>) => ({
    name,
    dims: dims.map(BigInt),
    dataType: 1,
    rawData: new Uint8Array(data.buffer),
  });
  const value = (name: string) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: { elemType: 1, shape: { dim: [1, size].map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) } },
      },
    },
  });
  const source = sourceOf(
    'wide.onnx',
    encoded({
      graph: {
        name: 'wide',
        node: [
          { opType: 'MatMul', input: ['x', 'w'], output: ['m'] },
          { opType: 'Add', input: ['m', 'b'], output: ['y'] },
        ],
        input: [value('x')],
        output: [value('y')],
        initializer: [raw('w', [size, size], matrix), raw('b', [size], bias)],
      },
    }),
  );
  const template = await buildTemplate(await indexed(source), []);
  expect(template.externalData.map(({ path, data }) => [path, data.length])).toEqual([['constant-0.bin', size * size * 4]]);
  expect(template.model.length).toBeLessThan(20_000);
  const y = await run(template.model, { x: new ort.Tensor('float32', new Float32Array(size).fill(1), [1, size]) }, template.externalData);
  // Each y is 3000 · 1/3000 + 2.
  expect(maxDifference(y, new Float32Array(size).fill(3))).toBeLessThan(1e-5);
});

test('a name that is no initializer is a bug of the caller', async () => {
  await expect(buildTemplate(await indexedFixture('raw.onnx'), ['x'])).rejects.toThrow('no initializer "x" to promote');
});
