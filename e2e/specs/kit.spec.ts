import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReport, type Report } from '../../src/share/index.ts';
import { kitFolder } from '../run/root.ts';
import { countsIn, soup } from './command.ts';
import { correctOf, drop, type Expected, expect, expectedOf, filesOf, rested, shown, test, twinOf } from './lab.ts';
import { meanOf, sha256, tensorsOf, worstUlp } from './tensors.ts';

test.describe.configure({ mode: 'serial' });

const expected = expectedOf(kitFolder);
const out = (name: string) => join('test-results', 'kit', name);

function readReport(folder: string): Report {
  const report = parseReport(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
  if ('kind' in report) throw new Error(report.text);
  return report;
}

const runs = [
  { recipe: 'greedy', files: expected.greedy.chosen, soup: expected.greedy, ensemble: expected.ensembleOfGreedy },
  { recipe: 'uniform', files: expected.checkpoints.map((one) => one.file), soup: expected.uniform, ensemble: expected.ensemble },
] as const;

for (const run of runs) {
  test(`headless: the ${run.recipe} soup of the kit is what onnxruntime and numpy found`, async () => {
    const folder = out(run.recipe);
    mkdirSync(folder, { recursive: true });
    const ran = await soup('--kit', kitFolder, '--recipe', run.recipe, '--out', folder);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain('run-8.onnx');
    const report = readReport(folder);
    for (const one of expected.checkpoints) {
      const row = report.candidates.find(({ name }) => name === one.file);
      expect(countsIn(row), one.file).toEqual(correctOf(one));
      expect(row?.sha256).toBe(one.sha256);
      for (const [set, { loss }] of Object.entries(one.sets)) expect(row?.sets[set]?.loss).toBeCloseTo(loss, 5);
    }
    expect(countsIn(report.base)).toEqual(correctOf(expected.base));
    expect(countsIn(report.soup)).toEqual(correctOf(run.soup));
    expect(countsIn(report.ensemble)).toEqual(correctOf(run.ensemble));
    expect(report.ingredients.map((one) => one.name).sort()).toEqual([...run.files].sort());
    expect(report.cost.sessionsCreated).toBeLessThanOrEqual(3);
  });

  test(`the exported ${run.recipe} soup carries numpy’s float64 means, each within one unit in the last place`, async () => {
    const made = await tensorsOf(join(out(run.recipe), 'soup.onnx'));
    const sources = await Promise.all(run.files.map((file) => tensorsOf(join(kitFolder, file))));
    const names = Object.keys(run.soup.tensors);
    expect(names.length).toBeGreaterThanOrEqual(8);
    for (const name of names) {
      const exact = meanOf(sources.map((source) => source.get(name) ?? new Float32Array()));
      // The hash proves that this mean is bit for bit the one numpy computed.
      expect(sha256(exact), `float64 mean of ${name}`).toBe(run.soup.tensors[name]?.sha256);
      expect(worstUlp(made.get(name) ?? new Float32Array(), exact), name).toBeLessThanOrEqual(1);
    }
  });
}

test('greedy decides as the reference does, and stopping early spares examples', () => {
  const { steps, cost, comparison } = readReport(out('greedy'));
  expect(steps.map(({ candidate, accepted }) => ({ candidate, accepted }))).toEqual(
    expected.greedy.steps.map(({ candidate, accepted }) => ({ candidate, accepted })),
  );
  for (const [i, step] of steps.entries()) {
    if (step.accuracy !== null) expect(step.correct).toBe(expected.greedy.steps[i]?.correct);
  }
  expect(cost.examplesSpared).toBeGreaterThan(0);
  const { fixes, breaks, p, against, set } = expected.mcnemar;
  expect(comparison).toMatchObject({ fixes, breaks, against, set });
  expect(comparison?.p).toBeCloseTo(p, 9);
});

test('dropping the kit’s files from disk shows the numbers of report.json and of expected.json', async ({ page }) => {
  await page.goto('./?headless');
  await page.waitForFunction(() => window.soupLab !== undefined);
  await drop(page, filesOf(kitFolder));
  await expect(page.getByRole('region', { name: 'Verdict' })).toHaveAttribute('data-voice', 'better', { timeout: 90_000 });
  await rested(page);
  const twin = await twinOf(page);
  const report = { greedy: readReport(out('greedy')), uniform: readReport(out('uniform')) };
  const both = (name: string, ofReport: Report['soup'] | undefined, ofReference: Pick<Expected['base'], 'sets'>) => {
    expect(shown(twin, name), `${name}: page and report`).toEqual(countsIn(ofReport));
    expect(shown(twin, name), `${name}: page and reference`).toEqual(correctOf(ofReference));
  };
  for (const one of expected.checkpoints) {
    const found = report.greedy.candidates.find(({ name }) => name === one.file);
    both(one.file.replace('.onnx', ''), found, one);
  }
  both('greedy', report.greedy.soup, expected.greedy);
  both('uniform', report.uniform.soup, expected.uniform);
  both('ensemble', report.uniform.ensemble, expected.ensemble);
  expect(new Set(twin.map((line) => line.set))).toEqual(new Set(['select', 'test', 'rotated', 'smaller', 'faint']));
});

test('report.png is a picture fit for a message', () => {
  const png = readFileSync(join(out('greedy'), 'report.png'));
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(2000);
  expect(png.readUInt32BE(20)).toBeGreaterThanOrEqual(1000);
  // Far more than an empty sheet of that size compresses to.
  expect(png.length).toBeGreaterThan(60_000);
});

test('the exported soup is an ordinary model: a fresh visit of the page scores the same count', async ({ lab }) => {
  const base = join(kitFolder, 'run-1.onnx');
  await lab.add([
    { disk: join(out('greedy'), 'soup.onnx'), about: { path: 'soup.onnx', as: 'checkpoint' } },
    { disk: base, about: { path: 'run-1.onnx', as: 'checkpoint' } },
    ...['test', 'faint'].map((name) => ({
      disk: join(kitFolder, `${name}.npz`),
      about: {
        path: `${name}.npz`,
        name,
        as: 'report' as const,
        preprocessing: JSON.parse(readFileSync(join(kitFolder, 'kit.json'), 'utf8')).preprocessing,
      },
    })),
  ]);
  expect(await lab.run([{ recipe: 'uniform' }])).toBe('done');
  const facts = await lab.facts();
  const row = facts.rows.find((one) => one.name === 'soup.onnx');
  const found = Object.fromEntries(facts.sets.map((set) => [set.name, row?.scores[set.id]?.correct]));
  expect(found).toEqual({ test: expected.greedy.sets.test?.correct, faint: expected.greedy.sets.faint?.correct });
});

test('the exported soup runs in onnxruntime for Python, where Python has it', () => {
  const python = process.env.PYTHON ?? 'python3';
  let available = true;
  try {
    execFileSync(python, ['-c', 'import numpy, onnxruntime'], { stdio: 'ignore' });
  } catch {
    available = false;
  }
  test.skip(!available, 'needs Python with numpy and onnxruntime; the fresh session above shows the same without');
  const code = `
import sys, numpy as np, onnxruntime as ort
session = ort.InferenceSession(sys.argv[1])
data = np.load(sys.argv[2])
x = ((data['x'][:, None].astype(np.float32) * np.float32(1 / 255)) - np.float32(0.286)) / np.float32(0.353)
print(int((session.run(None, {session.get_inputs()[0].name: x})[0].argmax(1) == data['y']).sum()))`;
  const count = execFileSync(python, ['-c', code, join(out('greedy'), 'soup.onnx'), join(kitFolder, 'test.npz')]).toString();
  expect(Number(count)).toBe(expected.greedy.sets.test?.correct);
});
