import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { bytesOf, encoded, fixture, indexed, indexedFixture, sourceOf } from './fixtures/fixture.ts';
import { ModelProtoSchema } from './generated/onnx_pb.ts';
import { fromBlob, graphSignature, type ModelIndex, readTensor, spliceModel } from './index.ts';

const EVERY = [
  'raw.onnx',
  'typed.onnx',
  'external.onnx',
  'float16-int32.onnx',
  'overridable.onnx',
  'odd-order.onnx',
  'constant-nodes.onnx',
  'subgraph.onnx',
  'function.onnx',
  'sparse.onnx',
  'every-type.onnx',
  'torchscript.onnx',
  '/samples/fashion/run-1.onnx',
];

async function spliced(model: ModelIndex, replacements: ReadonlyMap<string, Uint8Array>, metadata: Record<string, string> = {}) {
  const [file, ...others] = spliceModel(model, replacements, metadata, { fileName: 'soup.onnx' });
  if (file === undefined) throw new Error('no file');
  const siblings = others.map(({ name, blob }) => fromBlob(name, blob));
  return { file, others, source: fromBlob(file.name, file.blob), index: await indexed(fromBlob(file.name, file.blob), siblings) };
}

async function bytes(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Bytes that are in no fixture, of a tensor's length. */
function other(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + 11) % 120);
}

test.each(EVERY)('%s: nothing replaced is the same file, byte for byte', async (name) => {
  const model = await indexedFixture(name);
  const files = spliceModel(model, new Map(), {});
  expect(await bytes(files[0]?.blob ?? new Blob())).toEqual(await bytesOf(model.source));
  expect(files.map((file) => file.name)).toEqual(name === 'external.onnx' ? ['external.onnx', 'external.onnx_data'] : [model.name]);
  if (files[1] !== undefined) expect(await bytes(files[1].blob)).toEqual(await bytesOf(await fixture('external.onnx_data')));
});

test.each(EVERY)('%s: every tensor replaced reads back as given, and nothing else has changed', async (name) => {
  const model = await indexedFixture(name);
  const given = new Map(
    model.initializers.filter(({ dataType }) => dataType !== 'string').map((tensor) => [tensor.name, other(tensor.byteLength)]),
  );
  const { index } = await spliced(model, given, { 'soup_lab.recipe': 'uniform' });
  for (const tensor of index.initializers) {
    if (given.has(tensor.name)) expect(await readTensor(tensor)).toEqual(given.get(tensor.name));
  }
  const shapes = ({ initializers }: ModelIndex) => initializers.map(({ name, dataType, dims }) => ({ name, dataType, dims }));
  expect(shapes(index)).toEqual(shapes(model));
  expect(graphSignature(index)).toBe(graphSignature(model));
  expect(index.skeleton.metadataProps.at(-1)).toMatchObject({ key: 'soup_lab.recipe', value: 'uniform' });
  expect(index.skeleton.metadataProps.slice(0, -1)).toEqual(model.skeleton.metadataProps);
});

test('one tensor replaced: only its bytes differ', async () => {
  const model = await indexedFixture('raw.onnx');
  const tensor = model.initializers.find(({ name }) => name === 'fc1.bias');
  const { file } = await spliced(model, new Map([['fc1.bias', other(24)]]));
  const before = await bytesOf(model.source);
  before.set(other(24), tensor?.location?.byteOffset);
  expect(await bytes(file.blob)).toEqual(before);
});

test('external data: the model stays, the data file changes under its own name', async () => {
  const model = await indexedFixture('external.onnx');
  const { file, others } = await spliced(model, new Map([['fc2.bias', other(12)]]));
  expect(await bytes(file.blob)).toEqual(await bytesOf(model.source));
  expect(others.map(({ name, blob }) => [name, blob.size])).toEqual([['external.onnx_data', 300]]);
});

test('a rewritten tensor keeps its unknown fields, and lengths that outgrow their varint are right', async () => {
  // 100 int32 values of one byte each become 400: the tensor's length and the graph's each take a byte more.
  const initializer = [{ name: 'n', dims: [100n], dataType: 6, int32Data: Array(100).fill(1), docString: 'kept' }];
  const source = sourceOf('small.onnx', encoded({ graph: { initializer } }));
  expect(source.size).toBeLessThan(200);
  const { index } = await spliced(await indexed(source), new Map([['n', other(400)]]));
  expect(index.skeleton.graph?.initializer[0]?.docString).toBe('kept');
  expect(await readTensor(index.initializers[0] ?? fail())).toEqual(other(400));

  const odd = await indexedFixture('odd-order.onnx');
  const { source: rewritten } = await spliced(odd, new Map([['fc1.weight', other(192)]]));
  const text = new TextDecoder('latin1').decode(await bytesOf(rewritten));
  expect(text.split('unknown to every schema').length - 1).toBe(3);
});

describe('metadata', () => {
  test('is added at the end and replaces nothing, in any script', async () => {
    const model = await indexedFixture('odd-order.onnx');
    const { file, index } = await spliced(model, new Map(), { recipe: 'Süppchen 汤', weights: '{"a":0.5}' });
    expect((await bytes(file.blob)).subarray(0, model.source.size)).toEqual(await bytesOf(model.source));
    expect(index.skeleton.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ['key', 'value'],
      ['recipe', 'Süppchen 汤'],
      ['weights', '{"a":0.5}'],
    ]);
  });

  test('a key given anew takes the place of the old entry: a key twice would be invalid', async () => {
    const model = await indexedFixture('odd-order.onnx');
    const { index } = await spliced(model, new Map(), { key: 'new' });
    expect(index.skeleton.metadataProps.map(({ key, value }) => [key, value])).toEqual([['key', 'new']]);
  });

  test('the whole decodes with the generated schema', async () => {
    const { file } = await spliced(await indexedFixture('float16-int32.onnx'), new Map([['fc2.bias', other(6)]]), { a: 'b' });
    const model = fromBinary(ModelProtoSchema, await bytes(file.blob));
    expect(model.graph?.initializer.find(({ name }) => name === 'fc2.bias')).toMatchObject({ rawData: other(6), int32Data: [] });
  });
});

test('tied weights that share external bytes are written once; apart they are refused', async () => {
  const tied = (name: string) => ({
    name,
    dims: [2n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: 'w.bin' }],
  });
  const source = sourceOf('tied.onnx', encoded({ graph: { initializer: [tied('a'), tied('b')] } }));
  const model = await indexed(source, [sourceOf('w.bin', new Uint8Array(8))]);
  const { others } = await spliced(model, new Map([['a', other(8)], ['b', other(8)]])); // biome-ignore format: one line
  expect(await bytes(others[0]?.blob ?? new Blob())).toEqual(other(8));
  expect(() => spliceModel(model, new Map([['a', other(8)], ['b', new Uint8Array(8)]]), {})).toThrow(/share bytes/); // biome-ignore format: one line
});

test('a name or a length that is not the model’s is a bug of the caller', async () => {
  const model = await indexedFixture('raw.onnx');
  expect(() => spliceModel(model, new Map([['fc9', other(4)]]), {})).toThrow('no initializer "fc9"');
  expect(() => spliceModel(model, new Map([['fc1.bias', other(4)]]), {})).toThrow('takes 24 bytes, not 4');
});

function fail(): never {
  throw new Error('nothing there');
}
