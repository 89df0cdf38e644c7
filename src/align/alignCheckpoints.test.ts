import { describe, expect, test } from 'vitest';
import { encoded, fixture, indexed, indexedFixture, largeModel, sourceOf } from '../onnx/fixtures/fixture.ts';
import { countingSource, type ModelIndex } from '../onnx/index.ts';
import { alignCheckpoints, fingerprint } from './index.ts';

/** A small model: float weights, an int64 shape, a scalar, a Clip bound and a Constant; any of them changed by name. */
interface Changes {
  readonly values?: Readonly<Record<string, number>>;
  readonly dims?: readonly bigint[];
  readonly half?: boolean;
  readonly without?: string;
  readonly added?: string;
  readonly operator?: string;
  readonly constant?: number;
}

function floats(value: number, count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Float32Array(count).fill(value).buffer);
}

async function small(name: string, changes: Changes = {}): Promise<ModelIndex> {
  const value = (of: string): number => changes.values?.[of] ?? 1;
  const float = (of: string, dims: readonly bigint[]) => {
    const count = Number(dims.reduce((a, b) => a * b, 1n));
    return { name: of, dims: [...dims], dataType: 1, rawData: floats(value(of), count) };
  };
  const weight = changes.half
    ? { name: 'w', dims: [2n, 3n], dataType: 10, rawData: new Uint8Array(12) }
    : float('w', changes.dims ?? [2n, 3n]);
  const initializer = [
    weight,
    float('b', [3n]),
    float('scalar', []),
    float('bound', [1n]),
    { name: 'shape', dims: [2n], dataType: 7, int64Data: [BigInt(value('shape')), -1n] },
    ...(changes.added === undefined ? [] : [float(changes.added, [4n])]),
  ].filter((tensor) => tensor.name !== changes.without);
  const constant = { name: 'value', type: 4, t: { dims: [2n], dataType: 1, rawData: floats(changes.constant ?? 1, 2) } };
  const node = [
    { opType: 'Constant', output: ['c'], attribute: [constant], name: 'constant' },
    { opType: changes.operator ?? 'Gemm', input: ['x', 'w', 'b'], output: ['g'] },
    { opType: 'Clip', input: ['g', 'bound'], output: ['y'], name: 'clip' },
  ];
  return indexed(sourceOf(name, encoded({ graph: { initializer, node } })));
}

describe('fates', () => {
  test('what differs in any checkpoint is averaged, what is equal in all stays, the rest must be constant', async () => {
    const models = [await small('1.onnx'), await small('2.onnx'), await small('3.onnx', { values: { w: 7 } })];
    const alignment = await alignCheckpoints(models);
    expect(alignment.tensors.map(({ name, fate }) => [name, fate])).toEqual([
      ['w', 'averaged'],
      ['b', 'equal'],
      ['scalar', 'constant'],
      ['bound', 'constant'],
      ['shape', 'constant'],
    ]);
    expect(alignment.tensors[0]?.perCheckpoint).toEqual(models.map(({ initializers }) => initializers[0]));
    expect(alignment).toMatchObject({ differences: [], group: [0, 1, 2], groups: [[0, 1, 2]], duplicates: [[0, 1]] });
  });

  test('the sample kit: every float tensor is averaged, integers are constant', async () => {
    const models: ModelIndex[] = [];
    for (const name of ['base', 'run-1', 'run-2', 'run-3', 'run-4'])
      models.push(await indexed(await fixture(`/samples/fashion/${name}.onnx`)));
    const { tensors, differences, group, duplicates } = await alignCheckpoints(models);
    expect(differences).toEqual([]);
    expect(group).toEqual([0, 1, 2, 3, 4]);
    expect(duplicates).toEqual([]);
    for (const { dataType, dims, fate } of tensors) expect(fate).toBe(dataType === 'float32' && dims.length > 0 ? 'averaged' : 'constant');
  });

  test('storage does not count: the same weights raw, typed, external and in pieces are one checkpoint', async () => {
    const models = [await indexedFixture('raw.onnx'), await indexedFixture('typed.onnx'), await indexedFixture('external.onnx')];
    expect(await alignCheckpoints([...models, await indexedFixture('odd-order.onnx')])).toMatchObject({
      group: [0, 1, 2, 3],
      duplicates: [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
    });
  });

  test('none and one', async () => {
    expect(await alignCheckpoints([])).toEqual({ tensors: [], differences: [], group: [], groups: [], duplicates: [] });
    const one = await alignCheckpoints([await small('1.onnx')]);
    expect(one.group).toEqual([0]);
    expect(one.tensors.map(({ fate }) => fate)).toEqual(['equal', 'equal', 'constant', 'constant', 'constant']);
  });
});

describe('differences are data', () => {
  const cases: readonly [string, Changes, readonly object[]][] = [
    ['another shape', { dims: [3n, 3n] }, [{ kind: 'dims', initializer: 'w', expected: '[2,3]', found: '[3,3]' }]],
    ['another type', { half: true }, [{ kind: 'data-type', initializer: 'w', expected: 'float32', found: 'float16' }]],
    ['a missing tensor', { without: 'b' }, [{ kind: 'missing-initializer', initializer: 'b', expected: 'float32 [3]' }]],
    ['a tensor too many', { added: 'extra' }, [{ kind: 'extra-initializer', initializer: 'extra', found: 'float32 [4]' }]],
    ['another graph', { operator: 'MatMul' }, [{ kind: 'graph', expected: 'Gemm(x,w,b) -> (g) {}', found: 'MatMul(x,w,b) -> (g) {}' }]],
    ['another integer', { values: { shape: 5 } }, [{ kind: 'integer-differs', initializer: 'shape' }]],
    ['another scalar', { values: { scalar: 5 } }, [{ kind: 'integer-differs', initializer: 'scalar' }]],
    ['another Clip bound', { values: { bound: 5 } }, [{ kind: 'integer-differs', initializer: 'bound' }]],
    ['another Constant', { constant: 5 }, [{ kind: 'integer-differs' }]],
    ['two things at once', { without: 'b', dims: [3n, 3n] }, [{ kind: 'missing-initializer' }, { kind: 'dims' }]],
  ];
  test.each(cases)('%s', async (_, changes, expected) => {
    const models = [await small('a.onnx'), await small('odd.onnx', changes), await small('b.onnx', { values: { w: 3 } })];
    const alignment = await alignCheckpoints(models);
    expect(alignment).toMatchObject({ group: [0, 2], groups: [[0, 2], [1]], differences: expected }); // biome-ignore format: one line
    expect(alignment.differences.length).toBe(expected.length);
    for (const { file, text, remedy, initializer, expected: wanted, found } of alignment.differences) {
      expect(file).toBe('odd.onnx');
      expect(text).toMatch(/^odd\.onnx: /);
      if (initializer !== undefined && !initializer.includes('/')) expect(text).toContain(`"${initializer}"`);
      if (wanted?.startsWith('[')) expect(text).toContain(`has dims ${found}, expected ${wanted}`);
      expect(remedy.length).toBeGreaterThan(20);
    }
  });

  test('the bad files of e2e against the tiny kit', async () => {
    const load = async (path: string) => indexed(await fixture(`/e2e/fixtures/${path}.onnx`));
    const sound = [await load('tiny/base'), await load('tiny/run-1'), await load('tiny/run-2')];
    const bad = [await load('bad/missing-tensor'), await load('bad/other-dims'), await load('bad/other-graph')];
    const { group, differences } = await alignCheckpoints([...sound, ...bad]);
    expect(group).toEqual([0, 1, 2]);
    const of = (file: string) =>
      differences
        .filter((problem) => problem.file === file)
        .map(({ kind, initializer, expected, found }) => [kind, initializer, expected, found]);
    expect(of('missing-tensor.onnx')).toEqual([['missing-initializer', 'classifier.2.bias', 'float32 [10]', 'none']]);
    expect(of('other-dims.onnx')).toEqual([
      ['dims', 'classifier.0.weight', '[16,300]', '[20,300]'],
      ['dims', 'classifier.0.bias', '[16]', '[20]'],
      ['dims', 'classifier.2.weight', '[10,16]', '[10,20]'],
    ]);
    expect(of('other-graph.onnx').map(([kind]) => kind)).toContain('graph');
    expect(of('other-graph.onnx').map(([, initializer]) => initializer)).toContain('layers.1.weight');
  });

  test('places are named', async () => {
    const models = [await small('a.onnx'), await small('b.onnx', { values: { bound: 2 }, constant: 2 })];
    const { differences } = await alignCheckpoints(models);
    expect(differences.map(({ text }) => text)).toEqual([
      'b.onnx: initializer "bound" (float32 [1]) is given to Clip "clip"; it has other values than in a.onnx and can\'t be averaged',
      'b.onnx: attribute "value" of node "constant" (float32 [2]) is a constant of the graph; it has other values than in a.onnx and can\'t be averaged',
    ]);
  });

  test('the largest group wins, the first among equals', async () => {
    const models = [await small('x.onnx', { dims: [4n, 3n] }), await small('y.onnx'), await small('z.onnx', { values: { w: 4 } })];
    expect(await alignCheckpoints(models)).toMatchObject({ group: [1, 2], groups: [[0], [1, 2]], differences: [{ file: 'x.onnx' }] }); // biome-ignore format: one line
    expect(await alignCheckpoints(models.slice(0, 2))).toMatchObject({ group: [0], differences: [{ file: 'y.onnx' }] });
  });

  test('opset, value names and attributes are part of the graph; names of nodes and documentation are not', async () => {
    const node = { opType: 'Conv', input: ['x', 'w'], output: ['y'], attribute: [{ name: 'pads', type: 7, ints: [1n, 1n] }] };
    const initializer = [{ name: 'w', dims: [1n], dataType: 1, rawData: floats(1, 1) }];
    const build = (name: string, more: object, opset = 17n) =>
      indexed(sourceOf(name, encoded({ opsetImport: [{ version: opset }], graph: { initializer, node: [{ ...node, ...more }] } })));
    const first = await build('a.onnx', {});
    const alike = await build('b.onnx', { name: 'renamed', docString: 'other words' });
    const others = [
      await build('c.onnx', {}, 18n),
      await build('d.onnx', { attribute: [{ name: 'pads', type: 7, ints: [0n, 1n] }] }),
      await build('e.onnx', { domain: 'com.microsoft' }),
    ];
    const { groups } = await alignCheckpoints([first, alike, ...others]);
    expect(groups).toEqual([[0, 1], [2], [3], [4]]);
  });
});

describe('large files', () => {
  const shape = { count: 30, elements: 1_000_000 } as const;
  const large = async (name: string, options: Parameters<typeof largeModel>[3]) => {
    const source = countingSource(largeModel(name, shape.count, shape.elements, options));
    return { source, model: await indexed(source) };
  };

  test('differing checkpoints are aligned from 1 % of their bytes, indexing included', async () => {
    const files = await Promise.all([1, 2, 3].map((seed) => large(`${seed}.onnx`, { seed })));
    const { tensors } = await alignCheckpoints(files.map(({ model }) => model));
    expect(new Set(tensors.map(({ fate }) => fate))).toEqual(new Set(['averaged']));
    await Promise.all(files.map(({ model }) => fingerprint(model)));
    for (const { source } of files) expect(source.counts.bytes).toBeLessThan(source.size / 100);
  });

  test('one other value in 30 million, outside every sample, is found', async () => {
    const files = [
      await large('a.onnx', {}),
      await large('b.onnx', { changed: { tensor: 11, element: 300_000 } }),
      await large('c.onnx', {}),
    ];
    const { tensors, duplicates } = await alignCheckpoints(files.map(({ model }) => model));
    expect(tensors.filter(({ fate }) => fate === 'averaged').map(({ name }) => name)).toEqual(['layer.11.weight']);
    expect(duplicates).toEqual([[0, 2]]);
    const [a] = files;
    // Samples, once whole to tell what is equal, and what telling a copy from another takes.
    expect(a?.source.counts.bytes).toBeLessThan(3.1 * (a?.source.size ?? 0));
  });
});

describe('fingerprint', () => {
  test('is the same for a copy, whatever its name, and another for other weights, names or graphs', async () => {
    const print = async (name: string, changes?: Changes) => fingerprint(await small(name, changes));
    const first = await print('a.onnx');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await print('copy of a.onnx')).toBe(first);
    const others = [
      await print('a.onnx', { values: { b: 1.0000001 } }),
      await print('a.onnx', { values: { shape: 2 } }),
      await print('a.onnx', { constant: 2 }),
      await print('a.onnx', { operator: 'MatMul' }),
      await print('a.onnx', { dims: [3n, 2n] }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });
});
