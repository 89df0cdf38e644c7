import { describe, expect, test } from 'vitest';
import { bytesOf, encoded, fixture, indexed, indexedFixture, largeModel, sourceOf } from './fixtures/fixture.ts';
import golden from './fixtures/golden.json';
import { countingSource, fromBlob, readModel, readTensor } from './index.ts';

type Golden = Readonly<Record<string, GoldenModel>>;
interface GoldenModel {
  readonly initializers: readonly { name: string; dataType: string; dims: number[]; byteLength?: number; sha256?: string }[];
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (b) => b.toString(16).padStart(2, '0')).join('');
}

describe('what the onnx package says of the same file', () => {
  const readable = Object.entries(golden as Golden).filter(([name]) => name !== 'quantised.onnx');
  test.each(readable)('%s', async (name, expected) => {
    const model = await indexedFixture(name);
    expect(model.inputs).toEqual(expected.inputs);
    expect(model.outputs).toEqual(expected.outputs);
    expect(model.initializers.map(({ name, dataType, dims }) => ({ name, dataType, dims }))).toEqual(
      expected.initializers.map(({ name, dataType, dims }) => ({ name, dataType, dims })),
    );
    for (const [i, initializer] of model.initializers.entries()) {
      const { byteLength, sha256: hash } = expected.initializers[i] ?? {};
      if (hash === undefined) continue;
      expect({ name: initializer.name, byteLength: initializer.byteLength }).toEqual({ name: initializer.name, byteLength });
      expect({ name: initializer.name, hash: await sha256(await readTensor(initializer)) }).toEqual({ name: initializer.name, hash });
    }
  });

  test('positions: raw, packed floats and external data have one, varints and pieces have none', async () => {
    const storages = async (name: string) =>
      (await indexedFixture(name)).initializers.map(({ storage, location }) => `${storage} ${location === undefined ? 'no' : 'at'}`);
    expect(await storages('raw.onnx')).toEqual(Array(4).fill('raw at'));
    expect(await storages('typed.onnx')).toEqual(Array(4).fill('typed at'));
    expect(await storages('external.onnx')).toEqual(Array(4).fill('external at'));
    expect(await storages('float16-int32.onnx')).toEqual(Array(4).fill('typed no'));
    expect(await storages('odd-order.onnx')).toEqual(['typed no', 'typed no', 'raw at', 'raw at']);
  });

  test('tensors outside the initializers are constants with a place', async () => {
    const places = async (name: string) => (await indexedFixture(name)).constants.map(({ place }) => place);
    expect(await places('constant-nodes.onnx')).toEqual([
      'attribute "value" of node "Constant_fc1.weight"',
      'attribute "value" of node "Constant_fc1.bias"',
      'attribute "value" of node "Constant_fc2.weight"',
      'attribute "value" of node "Constant_fc2.bias"',
    ]);
    expect((await places('subgraph.onnx')).sort()).toEqual([
      'initializer "else.bias" of subgraph "else" of attribute "else_branch" of node "choose"',
      'initializer "then.bias" of subgraph "then" of attribute "then_branch" of node "choose"',
    ]);
    expect(await places('function.onnx')).toEqual(['attribute "value" of node "b" of function "AddBias"']);
    expect(await places('sparse.onnx')).toEqual(['tensor of sparse tensor 0', 'indices of sparse tensor 0']);
  });
});

test('the sample kit: every checkpoint', async () => {
  for (const name of ['base', 'run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6', 'run-7', 'run-8']) {
    const model = await indexed(await fixture(`/samples/fashion/${name}.onnx`));
    expect(model.inputs.map(({ dims }) => dims.slice(1))).toEqual([[1, 28, 28]]);
    expect(model.initializers.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeGreaterThan(0.9 * model.bytes);
  }
});

describe('at most 1 % of a large file is read', () => {
  test.each([
    ['a few large tensors', 40, 800_000],
    ['150 tensors', 150, 200_000],
    ['many small tensors', 6_000, 5_000],
  ])('%s', async (_, count, elements) => {
    const source = countingSource(largeModel('large.onnx', count, elements));
    const model = await indexed(source);
    expect(source.size).toBeGreaterThan(100_000_000);
    expect(model.initializers.length).toBe(count);
    expect(model.initializers[count - 1]?.name).toBe(`layer.${count - 1}.weight`);
    expect(source.counts.bytes).toBe(model.bytesRead);
    expect(source.counts.bytes).toBeLessThan(source.size / 100);
  });

  test('a large Constant is a position too', async () => {
    const data = new Uint8Array(8_000_000);
    const value = { name: 'value', type: 4, t: { dims: [2_000_000n], dataType: 1, rawData: data } };
    const node = [{ opType: 'Constant', output: ['w'], attribute: [value] }];
    const source = countingSource(sourceOf('constant.onnx', encoded({ graph: { node } })));
    const model = await indexed(source);
    expect(model.constants[0]?.byteLength).toBe(8_000_000);
    expect(source.counts.bytes).toBeLessThan(80_000);
  });

  test('external data: only the graph is read', async () => {
    const data = countingSource(sourceOf('m.data', new Uint8Array(4_000)));
    const tensor = {
      name: 'w',
      dims: [1000n],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: './m.data' }],
    };
    const model = await indexed(sourceOf('m.onnx', encoded({ graph: { initializer: [tensor] } })), [data]);
    expect(model.initializers[0]?.location?.byteLength).toBe(4000);
    expect(model.bytes).toBe(model.source.size + 4000);
    expect(data.counts.bytes).toBe(0);
  });
});

describe('what is refused, by kind, with both numbers', () => {
  const tensor = { name: 'w', dims: [2n, 3n], dataType: 1, rawData: new Uint8Array(24) };
  const withTensor = (more: object) => encoded({ graph: { initializer: [{ ...tensor, ...more }] } });
  const external = (location: string, more: readonly { key: string; value: string }[] = []) =>
    withTensor({ rawData: new Uint8Array(0), dataLocation: 1, externalData: [{ key: 'location', value: location }, ...more] });
  const ascii = (text: string) => new TextEncoder().encode(text);

  const refused: readonly [string, Uint8Array<ArrayBuffer>, string, RegExp][] = [
    ['an empty file', new Uint8Array(0), 'empty-file', /is empty/],
    ['a PNG', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), 'not-onnx', /PNG image/],
    ['a zip', ascii('PK\x03\x04 and so on'), 'not-onnx', /zip archive/],
    ['a pickle', new Uint8Array([0x80, 2, 0x8a, 10]), 'not-onnx', /pickle/],
    ['safetensors', new Uint8Array([64, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22]), 'not-onnx', /safetensors/],
    ['a Git LFS pointer', ascii('version https://git-lfs.github.com/spec/v1'), 'not-onnx', /Git LFS/],
    ['text', ascii('Dear reader, this is no model.'), 'not-onnx', /not an ONNX model/],
    ['zeros', new Uint8Array(1000), 'not-onnx', /not an ONNX model/],
    ['a model without a graph', new Uint8Array([8, 8]), 'not-onnx', /no graph/],
    ['a negative dim', withTensor({ dims: [2n, -3n] }), 'bad-dims', /dims \[2,-3\]/],
    ['an absurd dim', withTensor({ dims: [2n ** 40n, 2n ** 40n] }), 'bad-dims', /1099511627776/],
    ['a dim above 2^53', withTensor({ dims: [2n ** 60n, 0n], rawData: new Uint8Array(0) }), 'bad-dims', /no file can hold/],
    ['too many dims', withTensor({ dims: Array(65).fill(1n) }), 'bad-dims', /65 dims/],
    ['dims that ask for more than there is', withTensor({ dims: [1_000_000n, 3n] }), 'data-length', /needs 12,000,000 bytes, but has 24/],
    ['too little data', withTensor({ rawData: new Uint8Array(20) }), 'data-length', /needs 24 bytes, but has 20/],
    ['too few typed values', withTensor({ rawData: new Uint8Array(0), floatData: [1, 2] }), 'data-length', /needs 24 bytes, but has 8/],
    ['no data', withTensor({ rawData: new Uint8Array(0) }), 'data-length', /but has 0/],
    ['data twice', withTensor({ floatData: [1, 2, 3, 4, 5, 6] }), 'data-length', /more than once/],
    [
      'data in the wrong field',
      withTensor({ rawData: new Uint8Array(0), doubleData: [1, 2, 3, 4, 5, 6] }),
      'unsupported-model',
      /double_data/,
    ],
    ['an unknown type', withTensor({ dataType: 77 }), 'unsupported-model', /data type 77/],
    ['two of one name', encoded({ graph: { initializer: [tensor, tensor] } }), 'unsupported-model', /two initializers named "w"/],
    ['external: up and out', external('../w.bin'), 'external-escape', /"\.\.\/w\.bin"/],
    ['external: absolute', external('/etc/passwd'), 'external-escape', /etc/],
    ['external: a drive', external('C:/w.bin'), 'external-escape', /C:/],
    ['external: backslashes', external('..\\w.bin'), 'external-escape', /w\.bin/],
    ['external: hidden in the middle', external('a/../../w.bin'), 'external-escape', /w\.bin/],
    ['external: nowhere', external(''), 'external-escape', /""/],
    ['external: missing', external('w.bin'), 'external-missing', /"w\.bin", which is not among/],
    ['external: past its end', external('data.bin', [{ key: 'offset', value: '80' }]), 'overrun', /byte 104 of "data.bin", which has 100/],
    ['external: another length', external('data.bin', [{ key: 'length', value: '20' }]), 'data-length', /has 20 bytes.*ask for 24/],
    ['external: no number', external('data.bin', [{ key: 'offset', value: '-8' }]), 'overrun', /offset "-8"/],
  ];

  test.each(refused)('%s', async (_, bytes, kind, text) => {
    const read = await readModel(sourceOf('bad.onnx', bytes), [sourceOf('data.bin', new Uint8Array(100))]);
    if (read.ok) throw new Error('was read');
    expect(read.problem).toMatchObject({ kind, file: 'bad.onnx' });
    expect(read.problem.text).toMatch(text);
    expect(read.problem.remedy.length).toBeGreaterThan(10);
  });

  test('a truncated file, wherever it ends', async () => {
    const bytes = await bytesOf(await fixture('raw.onnx'));
    for (const length of [20, 60, 200, 400, 600]) {
      const read = await readModel(sourceOf('cut.onnx', bytes.slice(0, length)), []);
      expect(read).toMatchObject({ ok: false, problem: { kind: 'truncated', found: `${length}` } });
      if (!read.ok) expect(read.problem.text).toMatch(new RegExp(`ends at byte ${length}, inside .*, but goes on to byte 6\\d\\d`));
    }
  });

  test('a tensor whose bytes overrun what holds them is named', async () => {
    const bytes = await bytesOf(await fixture('raw.onnx'));
    // raw_data of fc2.bias: tag 0x4a, length 12, after the name.
    const name = new TextDecoder('latin1').decode(bytes).lastIndexOf('fc2.bias');
    const at = bytes.indexOf(0x4a, name);
    expect(bytes[at + 1]).toBe(12);
    bytes[at + 1] = 127;
    const read = await readModel(sourceOf('over.onnx', bytes), []);
    expect(read).toMatchObject({ ok: false, problem: { kind: 'overrun', initializer: 'fc2.bias' } });
  });

  test('quantised weights', async () => {
    const read = await readModel(await fixture('quantised.onnx'), []);
    expect(read).toMatchObject({ ok: false, problem: { kind: 'quantised', initializer: 'fc1.weight_q' } });
    if (!read.ok) expect(read.problem.remedy).toContain('then quantise the soup');
  });

  test('graphs nested without end', async () => {
    let graph: object = { node: [{ opType: 'Relu', input: ['x'], output: ['y'] }], output: [{ name: 'y' }] };
    for (let i = 0; i < 40; i++) {
      graph = {
        node: [{ opType: 'If', input: ['c'], output: ['y'], attribute: [{ name: 'then_branch', type: 5, g: graph }] }],
        output: [],
      };
    }
    const read = await readModel(sourceOf('deep.onnx', encoded({ graph })), []);
    expect(read).toMatchObject({ ok: false, problem: { kind: 'limit' } });
  });

  test('more nodes than any model has', async () => {
    const bytes = new Uint8Array(2_000_000);
    for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x0a;
    const read = await readModel(sourceOf('many.onnx', new Uint8Array([8, 8, 0x3a, 0x80, 0x89, 0x7a]), bytes), []);
    expect(read).toMatchObject({ ok: false, problem: { kind: 'limit' } });
  });

  test('a varint-coded tensor with another count of values is refused when it is read', async () => {
    const bytes = withTensor({ dataType: 7, dims: [4n], rawData: new Uint8Array(0), int64Data: [300n, 300n, 300n] });
    const model = await indexed(sourceOf('few.onnx', bytes));
    const [initializer] = model.initializers;
    if (initializer === undefined) throw new Error('no initializer');
    await expect(readTensor(initializer)).rejects.toMatchObject({ problem: { kind: 'data-length', initializer: 'w', found: '3 values' } });
  });
});

describe('the bad files of e2e', () => {
  const bad: readonly [string, string, RegExp, string?][] = [
    ['empty', 'empty-file', /0 bytes/],
    ['png-renamed', 'not-onnx', /PNG image/],
    ['truncated', 'truncated', /ends at byte 14,683, inside .*"classifier.0.weight", but goes on to byte 28,/, 'classifier.0.weight'],
    ['negative-dim', 'bad-dims', /"features.2.weight" has dims \[-4,8,3,3\]/, 'features.2.weight'],
    ['absurd-dim', 'bad-dims', /"features.2.weight" has dims \[1152921504606846976,8,3,3\]/, 'features.2.weight'],
    ['overrun', 'overrun', /raw_data of initializer "classifier.0.weight" goes on to byte 2,/, 'classifier.0.weight'],
    ['short-data', 'data-length', /"features.2.weight".* needs 3,456 bytes, but has 3,452/, 'features.2.weight'],
    ['external-escape', 'external-escape', /"classifier.0.weight".*"\.\.\/\.\.\/etc\/passwd"/, 'classifier.0.weight'],
    ['quantised', 'quantised', /"features.0.weight_quantized"/, 'features.0.weight_quantized'],
    ['quantised-dynamic', 'quantised', /"features.0.weight_quantized"/, 'features.0.weight_quantized'],
  ];
  test.each(bad)('%s.onnx', async (name, kind, text, initializer) => {
    const read = await readModel(await fixture(`/e2e/fixtures/bad/${name}.onnx`), []);
    if (read.ok) throw new Error('was read');
    expect(read.problem).toMatchObject({ kind, file: `${name}.onnx`, ...(initializer === undefined ? {} : { initializer }) });
    expect(read.problem.text).toMatch(text);
  });

  test.each(['missing-tensor', 'other-dims', 'other-graph', 'nan', 'inf'])('%s.onnx is a sound file by itself', async (name) => {
    await indexed(await fixture(`/e2e/fixtures/bad/${name}.onnx`));
  });
});

describe('external data with folders', () => {
  const tensor = (location: string) => ({
    name: 'w',
    dims: [1n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: location }],
  });
  const bytes = (location: string) => encoded({ graph: { initializer: [tensor(location)] } });
  const four = new Uint8Array(4);

  test("is looked for in the model's folder, and nowhere else", async () => {
    const siblings = [sourceOf('a/w.bin', four), sourceOf('b/w.bin', four), sourceOf('w.bin', four)];
    expect((await indexed(sourceOf('b/m.onnx', bytes('w.bin')), siblings)).initializers[0]?.location?.source.name).toBe('b/w.bin');
    const read = await readModel(sourceOf('c/m.onnx', bytes('w.bin')), siblings);
    expect(read).toMatchObject({ ok: false, problem: { kind: 'external-missing', expected: 'c/w.bin' } });
  });

  test('a file dropped without its folder is found by its name', async () => {
    const model = await indexed(sourceOf('m.onnx', bytes('weights/w.bin')), [sourceOf('w.bin', four)]);
    expect(model.initializers[0]?.location?.source.name).toBe('w.bin');
  });
});

test('a file that has gone is a problem of its own', async () => {
  const source = fromBlob('gone.onnx', new Blob(['x']));
  const gone = { ...source, read: () => Promise.reject(new DOMException('gone', 'NotFoundError')) };
  await expect(readModel(gone, [])).rejects.toThrow('gone.onnx: indexing failed');
  const slice = new Blob(['x']);
  slice.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }) as unknown as Blob;
  expect(await readModel(fromBlob('gone.onnx', slice), [])).toMatchObject({ ok: false, problem: { kind: 'read-failed' } });
});
