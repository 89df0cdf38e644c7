import { describe, expect, it } from 'vitest';
import manifest from '../../package.json';
import { ProblemError, problemOf } from '../problem/index.ts';
import type { Facts, Row, Score } from '../results/index.ts';
import { buildReport, formatTable, parseKit, parseRecipe, parseReport, recipeKey, soupMetadata, tool } from './index.ts';

const labels = Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 0, 1);

function score(predicted: readonly number[], done = predicted.length): Score {
  const correct = predicted.slice(0, done).filter((guess, i) => guess === labels[i]).length;
  const shown = predicted.map((guess, i) => (i < done ? guess : -1));
  return { n: predicted.length, done, correct, lossSum: 2.5, predicted: Int32Array.from(shown), provider: 'wasm', fromCache: false };
}

const right = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1];
/** Wrong at the first `n`. */
const wrongAt = (n: number) => right.map((label, i) => (i < n ? (label + 1) % 4 : label));

function checkpoint(id: string, name: string): Facts['checkpoints'][number] {
  return {
    id,
    name,
    bytes: 100,
    bytesRead: 10,
    parameters: 20,
    fingerprint: `f-${id}`,
    producer: 'test',
    standing: 'ingredient',
    problems: [],
  };
}

function row(id: string, kind: Row['kind'], name: string, weighting: Row['weighting'], test: Score, more: Partial<Row> = {}): Row {
  return { id, kind, name, weighting, cooking: false, scores: { s: score(wrongAt(id === 'b' ? 2 : 3)), t: test }, ...more };
}

function facts(): Facts {
  const set = { n: 10, classes: 4, labels, itemDims: [2], problems: [] };
  return {
    checkpoints: [checkpoint('a', 'run-1.onnx'), { ...checkpoint('b', 'run-2.onnx'), sha256: 'ab12' }, checkpoint('c', 'run-3.onnx')],
    sets: [
      { ...set, id: 's', name: 'select', role: 'select', sha256: '1' },
      { ...set, id: 't', name: 'test', role: 'report', sha256: '2' },
      { ...set, id: 'u', name: 'wild', role: 'unlabelled', sha256: '3' },
    ],
    rows: [
      row('a', 'ingredient', 'run-1.onnx', { a: 1 }, score(wrongAt(5))),
      row('b', 'ingredient', 'run-2.onnx', { b: 1 }, score(wrongAt(4))),
      row('c', 'ingredient', 'run-3.onnx', { c: 1 }, score(wrongAt(0), 4)),
      row('e', 'ensemble', 'ensemble', { b: 0.5, a: 0.5 }, score(wrongAt(1))),
      row('u', 'soup', 'uniform', { a: 1 / 3, b: 1 / 3, c: 1 / 3 }, score(wrongAt(3)), { recipe: 'uniform' }),
      row('g', 'soup', 'greedy', { a: 0.5, b: 0.5 }, score([9, 1, 2, 3, 0, 1, 2, 3, 0, 9]), {
        recipe: 'greedy',
        options: { tieRule: '>', earlyStopping: true },
        sha256: 'feed',
        steps: [
          { candidate: 'b', accepted: true, accuracy: 0.8, correct: 8, needed: 0, examplesRun: 10, examplesTotal: 10, soup: ['b'] },
          { candidate: 'c', accepted: false, accuracy: undefined, correct: 1, needed: 9, examplesRun: 4, examplesTotal: 10, soup: ['b'] },
        ],
      }),
    ],
    tensors: [],
    differences: [],
    hardware: { averaging: 'webgpu', forced: 'auto', provider: 'wasm', checking: false, workers: 2 },
    memory: { mode: 'resident', budgetBytes: 1000, predicted: { gpu: 1, js: 2, wasm: 3 }, chunkBytes: 1, fits: true },
    progress: { phase: 'idle', doing: '', done: 0, total: 0 },
    cost: {
      bytesRead: 300,
      forwardPasses: 7.4,
      examplesRun: 74,
      examplesSpared: 6,
      sessionsCreated: 2,
      soupsCooked: 3,
      seconds: { index: 0.1, read: 0.2, average: 0.3, evaluate: 0.4, total: 1 },
      peakBytes: { js: 10, wasm: 20, gpu: 30 },
    },
    problems: [],
  };
}

describe('report.json', () => {
  it('tells the facts of the greedy soup, names instead of ids', () => {
    const report = buildReport(facts(), { seed: 7, date: new Date('2026-01-02T03:04:05Z') });
    expect(report.recipe).toEqual({ name: 'greedy', options: { tieRule: '>', earlyStopping: true }, tieRule: '>', seed: 7 });
    expect(report.ingredients.map((one) => [one.name, one.weight])).toEqual([
      ['run-1.onnx', 0.5],
      ['run-2.onnx', 0.5],
    ]);
    expect(report.candidates.map((one) => [one.name, one.weight, one.sha256])).toEqual([
      ['run-1.onnx', 0.5, undefined],
      ['run-2.onnx', 0.5, 'ab12'],
      ['run-3.onnx', 0, undefined],
    ]);
    expect(report.steps.map((one) => [one.candidate, one.accepted, one.accuracy])).toEqual([
      ['run-2.onnx', true, 0.8],
      ['run-3.onnx', false, null],
    ]);
    expect(report.soup.sha256).toBe('feed');
    expect(report.ensemble?.name).toBe('ensemble');
    expect(report.others?.map((one) => one.name)).toEqual(['uniform']);
    expect(report.date).toBe('2026-01-02T03:04:05.000Z');
  });

  it('gives counts, intervals and losses of what was scored, and leaves out what has no labels', () => {
    const { soup, candidates } = buildReport(facts());
    expect(Object.keys(soup.sets)).toEqual(['select', 'test']);
    const { ci95, ...test } = soup.sets.test ?? { ci95: [0, 0] };
    expect(test).toEqual({ role: 'report', n: 10, correct: 8, top1: 0.8, loss: 0.25 });
    // Wilson by hand for 8 of 10: (0.8 + z²/20 ± z·√(0.016 + z²/400)) / (1 + z²/10), z = 1.959964.
    expect(ci95[0]).toBeCloseTo(0.490162, 5);
    expect(ci95[1]).toBeCloseTo(0.943318, 5);
    expect(candidates[2]?.sets.test).toMatchObject({ n: 4, of: 10, correct: 4 });
  });

  it('compares with the checkpoint that is best on select, on the same examples', () => {
    const { comparison } = buildReport(facts());
    // run-2 is best on select (8 of 10) and wrong at 0–3 on test; the soup is wrong at 0 and 9: it fixes 3 and breaks 1.
    expect(comparison).toMatchObject({ set: 'test', role: 'report', against: 'run-2.onnx', n: 10, fixes: 3, breaks: 1, difference: 0.2 });
    // Exact McNemar for 3 against 1: 2 · (1 + 4) / 2⁴.
    expect(comparison?.p).toBeCloseTo(0.625, 12);
  });

  it('survives JSON and is validated on reading', () => {
    const report = buildReport(facts());
    expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(parseReport({ ...report, version: 2 })).toMatchObject({ kind: 'usage', found: 'version 2', expected: 'version 1' });
    const broken = parseReport({ ...report, soup: { ...report.soup, sets: { test: { ...report.soup.sets.test, n: -1 } } } }, 'x.json');
    expect(broken).toMatchObject({ kind: 'usage', text: expect.stringMatching(/^x\.json: .*soup\.sets\.test\.n/) });
    expect(parseReport(null)).toMatchObject({ kind: 'usage' });
  });

  it('reports the soup asked for and refuses one that is not there', () => {
    expect(buildReport(facts(), { row: 'u' }).soup.name).toBe('uniform');
    expect(() => buildReport(facts(), { row: 'nobody' })).toThrow(/nobody/);
    expect(() => buildReport({ ...facts(), rows: [] })).toThrow(/No soup/);
  });

  it('prints a table with every row, both sets and the answer', () => {
    const table = formatTable(buildReport(facts()));
    expect(table).toMatch(/select \(select\)\s+test \(report\)/);
    expect(table).toMatch(/run-2\.onnx\s+50\s+80\.00 ± \d+\.\d\d\s+60\.00 ± \d+\.\d\d/);
    expect(table).toMatch(/greedy\s+soup\s+70\.00 ± \d+\.\d\d\s+80\.00 ±/);
    expect(table).toContain('of 4/10');
    expect(table).toContain('greedy: 2 of 3 checkpoints (run-1.onnx, run-2.onnx)');
    expect(table).toContain('against run-2.onnx on test: 20.00 points');
  });
});

describe('provenance', () => {
  it('names this version', () => {
    expect(tool).toEqual({ name: manifest.name, version: manifest.version });
  });

  it('puts the recipe into metadata and reads it back', () => {
    const all = facts();
    const soup = all.rows.find((one) => one.id === 'g');
    if (soup === undefined) throw new Error('no greedy row');
    const text = soupMetadata(all, soup)[recipeKey] ?? '';
    expect(parseRecipe(text, 'soup.onnx')).toEqual({
      version: 1,
      tool: { name: 'soup-lab', version: expect.any(String) },
      recipe: { name: 'greedy', options: { tieRule: '>', earlyStopping: true } },
      ingredients: [
        { name: 'run-1.onnx', weight: 0.5, fingerprint: 'f-a' },
        { name: 'run-2.onnx', weight: 0.5, fingerprint: 'f-b', sha256: 'ab12' },
      ],
    });
    expect(soupMetadata(all, soup)).toEqual(soupMetadata(all, soup));
    expect(parseRecipe('{', 'soup.onnx')).toMatchObject({ kind: 'usage', file: 'soup.onnx' });
    expect(parseRecipe('{"version":1}', 'soup.onnx')).toMatchObject({ kind: 'usage' });
  });
});

describe('kit.json', () => {
  const url = new URL('../../public/samples/fashion/kit.json', import.meta.url).href;

  it('accepts the sample kit', async () => {
    const kit = parseKit(await (await fetch(url)).json());
    expect(kit.checkpoints).toHaveLength(8);
    expect(kit.sets.map((set) => set.role)).toEqual(['select', 'report', 'report', 'report', 'report']);
  });

  it.each([
    ['../secret.npz', /sets\[0\]\.file/],
    ['/etc/passwd', /sets\[0\]\.file/],
    ['https://elsewhere/x.npz', /sets\[0\]\.file/],
    ['a\\b.npz', /sets\[0\]\.file/],
  ])('refuses the path %s', async (file, message) => {
    const kit = parseKit(await (await fetch(url)).json());
    const bad = () => parseKit({ ...kit, sets: [{ name: 'select', role: 'select', file }] });
    expect(bad).toThrow(ProblemError);
    expect(bad).toThrow(message);
  });

  it('says so where the version is newer', () => {
    let problem: unknown;
    try {
      parseKit({ version: 2 }, 'my/kit.json');
    } catch (thrown) {
      problem = problemOf(thrown);
    }
    expect(problem).toMatchObject({ kind: 'usage', text: 'my/kit.json: is of version 2, this lab reads version 1' });
  });
});
