import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from '../run/root.ts';
import { countsIn, reportOf, soup } from './command.ts';
import { correctOf, expect, expectedOf, test } from './lab.ts';

const tiny = join(fixtures, 'tiny');
const expected = expectedOf(tiny);
const runs = [1, 2, 3, 4].map((i) => join(tiny, `run-${i}.onnx`));

test('wrong usage ends with 2, says what is wrong and prints nothing on stdout', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /checkpoints/],
    [[runs[0] ?? ''], /at least two/],
    [runs, /--select/],
    [[...runs, '--select', 'a.npz', '--select', 'b.npz'], /once/],
    [[...runs, '--select', 'a.npz', '--recipe', 'bouillabaisse'], /bouillabaisse/],
    [[...runs, '--select', 'a.npz', '--provider', 'cuda'], /cuda/],
    [[...runs, '--select', 'a.npz', '--memory-mb', 'lots'], /lots/],
    [[...runs, '--select', 'a.npz', '--options', '{'], /JSON/],
    [[...runs, '--select', 'a.npz', '--options', '{"tieRule":"="}'], /tieRule|options/],
    [['--sauce'], /sauce/],
  ];
  for (const [args, reason] of cases) {
    const ran = await soup(...args);
    expect(ran.code, `${args.join(' ')}: ${ran.stderr}`).toBe(2);
    expect(ran.stderr).toMatch(reason);
    expect(ran.stdout).toBe('');
  }
  const help = await soup('--help');
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('--memory-mb');
});

test('a file that is not there ends with 3 and is named', async () => {
  const ran = await soup(...runs.slice(0, 1), 'nowhere.onnx', '--select', join(tiny, 'select.npz'));
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain('nowhere.onnx');
});

test('--check reads little and tells where every tensor lies', async () => {
  const ran = await soup('--check', ...runs, '--json');
  expect(ran.code).toBe(0);
  const { files, groups, differences } = JSON.parse(ran.stdout);
  expect(groups).toEqual([runs]);
  expect(differences).toEqual([]);
  expect(files).toHaveLength(4);
  for (const file of files) {
    const bytes = readFileSync(file.name);
    expect(file.bytes).toBe(bytes.length);
    expect(file.bytesRead).toBeLessThan(bytes.length);
    const weight = file.initializers.find((one: { name: string }) => one.name === 'classifier.2.bias');
    expect(weight).toMatchObject({ dataType: 'float32', dims: [10], byteLength: 40, storage: 'raw' });
    // The bytes at that place are floats of a trained bias, not headers or zeros.
    const values = new Float32Array(new Uint8Array(bytes.subarray(weight.byteOffset, weight.byteOffset + 40)).buffer);
    expect(values.every((value) => Math.abs(value) < 1 && value !== 0)).toBe(true);
  }
});

test('files on the command line, named sets, a base, weights by hand', async () => {
  const sets = ['--select', `choose=${join(tiny, 'select.npz')}`, '--report', `tell=${join(tiny, 'test.npz')}`];
  const weights = { 'run-1.onnx': 1, 'run-2.onnx': 1, 'run-3.onnx': 1, 'run-4.onnx': 1 };
  const options = ['--recipe', 'weighted', '--options', JSON.stringify({ weights })];
  const report = reportOf(await soup(...runs, ...sets, '--base', join(tiny, 'base.onnx'), ...options, '--seed', '5', '--json'));
  expect(Object.keys(report.soup.sets)).toEqual(['choose', 'tell']);
  expect(report.soup.sets.choose?.role).toBe('select');
  expect(report.soup.sets.tell?.role).toBe('report');
  expect(report.ingredients.map((one) => one.weight)).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(report.recipe.seed).toBe(5);
  expect(report.base?.name).toContain('base.onnx');
  // Without the kit the preprocessing is guessed, so only what does not depend on it can be asserted: it was scored whole.
  expect(report.soup.sets.tell?.n).toBe(128);
});

test('a pair of IDX files and a folder of class folders are sets', async () => {
  const idx = reportOf(await soup(...runs, '--select', join(fixtures, 'idx', 'images-idx3-ubyte'), '--json'));
  expect(Object.values(idx.soup.sets)).toMatchObject([{ role: 'select', n: 32 }]);
  // Folders named by class index say which class they are; three names of ten do not, and nothing is guessed.
  const numbered = mkdtempSync(join(tmpdir(), 'soup-lab-'));
  const classes = { Trouser: '1', Sneaker: '7', Bag: '8' };
  for (const [name, index] of Object.entries(classes)) cpSync(join(fixtures, 'images', name), join(numbered, index), { recursive: true });
  const images = reportOf(await soup(...runs, '--select', `pictures=${numbered}`, '--json'));
  expect(images.soup.sets.pictures).toMatchObject({ role: 'select', n: 12 });
  rmSync(numbered, { recursive: true });
  const named = await soup(...runs, '--select', `pictures=${join(fixtures, 'images')}`, '--json');
  expect(named.code).toBe(3);
  expect(named.stderr).toContain('names 3 classes, the model has 10');
});

test('two runs give the same report', async () => {
  const run = async () => {
    const { date: _, cost: __, ...rest } = reportOf(await soup('--kit', tiny, '--provider', 'wasm', '--json'));
    return rest;
  };
  const first = await run();
  expect(countsIn(first.soup)).toEqual(correctOf(expected.greedy));
  expect(await run()).toEqual(first);
});
