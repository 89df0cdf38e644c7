import { join } from 'node:path';
import type { HeadlessLab } from '../run/headless.ts';
import { fixtures, kitFolder } from '../run/root.ts';
import { readArguments } from '../run/soup/arguments.ts';
import { collectFiles } from '../run/soup/files.ts';
import { countsIn, reportOf, soup } from './command.ts';
import { correctOf, countsOf, expect, expectedOf, rowNamed, test } from './lab.ts';

const tinyFolder = join(fixtures, 'tiny');
const tiny = expectedOf(tinyFolder);
const kit = expectedOf(kitFolder);

const filesIn = (folder: string) => collectFiles(readArguments(['--kit', folder]));

/** The cost is told once more after the last session has been accounted for. */
async function examplesRun(lab: HeadlessLab): Promise<number> {
  return (await lab.facts()).cost.examplesRun;
}

test('everything on WebGPU: averaging, hot swap and inference of the tiny kit equal the reference', async () => {
  for (const [recipe, reference] of [
    ['greedy', tiny.greedy],
    ['uniform', tiny.uniform],
  ] as const) {
    const report = reportOf(await soup('--kit', tinyFolder, '--recipe', recipe, '--provider', 'webgpu', '--json'));
    expect(report.provider).toBe('webgpu');
    expect(report.averaging).toBe('webgpu');
    expect(report.cost.sessionsCreated).toBe(1);
    for (const one of tiny.checkpoints) {
      expect(countsIn(report.candidates.find(({ name }) => name === one.file)), one.file).toEqual(correctOf(one));
    }
    expect(countsIn(report.soup), recipe).toEqual(correctOf(reference));
  }
});

for (const provider of ['webgpu', 'wasm'] as const) {
  test(`${provider}: as many sessions for 30 soups as for 3, and hot-swapped logits are those of the exported file`, async ({ lab }) => {
    const { page } = lab;
    await page.evaluate((name) => window.soupLab?.connect({ provider: name, cache: false, workers: 2 }), provider);
    // The smallest set that says something: thirty soups on a software adapter.
    await lab.add(filesIn(tinyFolder).filter(({ about }) => about.as !== 'report' && about.as !== 'base'));
    const { checkpoints } = await lab.facts();
    const ids = checkpoints.map((one) => one.id);
    // No two of the thirty are proportional, so each is a soup of its own.
    const request = (i: number) => ({
      recipe: 'weighted',
      row: `soup-${i}`,
      options: { weights: Object.fromEntries(ids.map((id, k) => [id, 1 + ((7 * i + 13 * k) % 31)])) },
    });
    const first = Array.from({ length: 3 }, (_, i) => request(i));
    expect(await lab.run(first)).toBe('done');
    const few = (await lab.facts()).cost;
    expect(few.sessionsCreated).toBeGreaterThan(0);
    expect(await lab.run(Array.from({ length: 30 }, (_, i) => request(i)))).toBe('done');
    await expect.poll(() => examplesRun(lab)).toBeGreaterThanOrEqual(few.examplesRun + 27 * 128);
    const facts = await lab.facts();
    expect(facts.hardware?.provider).toBe(provider);
    expect(facts.cost.sessionsCreated).toBe(few.sessionsCreated);
    const soups = facts.rows.filter((row) => row.kind === 'soup');
    expect(soups).toHaveLength(30);
    for (const row of soups) countsOf(facts, row);
    const set = facts.sets[0]?.id ?? '';
    for (const id of ['soup-0', 'soup-17']) {
      const verified = await page.evaluate(([row, on]) => window.soupLab?.engine.verifyExport(row, on), [id, set] as const);
      expect(verified?.n).toBe(128);
      expect(verified?.correct).toBe(facts.rows.find((row) => row.id === id)?.scores[set]?.correct);
      expect(verified?.maxLogitDifference).toBeLessThanOrEqual(1e-5);
      // Two providers never agree to the last bit: nought would mean that nothing was compared.
      if (provider === 'webgpu') expect(verified?.maxLogitDifference).toBeGreaterThan(0);
    }
  });
}

test('greedy with early stopping decides on the kit as it does without, with fewer examples', async ({ lab }) => {
  await lab.page.evaluate(() => window.soupLab?.connect({ provider: 'wasm', cache: false }));
  await lab.add(filesIn(kitFolder).filter(({ about }) => about.as === 'checkpoint' || about.as === 'select'));
  const greedyRun = async (earlyStopping: boolean) => {
    expect(await lab.run([{ recipe: 'greedy', row: 'greedy', options: { earlyStopping } }])).toBe('done');
    const facts = await lab.facts();
    const names = new Map(facts.checkpoints.map((one) => [one.id, one.name]));
    const steps = rowNamed(facts, 'greedy').steps ?? [];
    return {
      decisions: steps.map((step) => ({ candidate: names.get(step.candidate), accepted: step.accepted })),
      correct: steps.map((step) => step.correct),
      examples: steps.reduce((sum, step) => sum + step.examplesRun, 0),
      spared: facts.cost.examplesSpared,
    };
  };
  // Stopping first: a run that knew every logit already would have nothing to spare.
  const stopping = await greedyRun(true);
  const whole = await greedyRun(false);
  const reference = kit.greedy.steps.map(({ candidate, accepted }) => ({ candidate, accepted }));
  expect(stopping.decisions).toEqual(reference);
  expect(whole.decisions).toEqual(reference);
  expect(whole.correct).toEqual(kit.greedy.steps.map((step) => step.correct));
  expect(whole.examples).toBe(8 * 5000);
  expect(stopping.examples).toBeLessThan(whole.examples);
  expect(stopping.spared).toBe(whole.examples - stopping.examples);
});

test('a GPU device lost in the middle of greedy: the lab goes on and ends with the same result', async ({ lab }) => {
  const { page } = lab;
  await page.evaluate(() => window.soupLab?.connect({ provider: 'webgpu', cache: false }));
  await lab.add(filesIn(tinyFolder));
  const lost = await page.evaluate(async () => {
    const { soupLab } = window;
    if (soupLab === undefined) throw new Error('no lab');
    const running = soupLab.engine.run([{ recipe: 'greedy', row: 'greedy' }]);
    const steps = () => soupLab.facts().rows.find((row) => row.id === 'greedy')?.steps?.length ?? 0;
    while (steps() < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const at = { steps: steps(), cooking: soupLab.facts().rows.find((row) => row.id === 'greedy')?.cooking };
    await soupLab.engine.loseDevice();
    return { ...at, outcome: await running };
  });
  expect(lost).toMatchObject({ outcome: 'done', cooking: true });
  expect(lost.steps).toBeLessThan(4);
  const facts = await lab.facts();
  const greedy = rowNamed(facts, 'greedy');
  const names = new Map(facts.checkpoints.map((one) => [one.id, one.name]));
  expect(greedy.steps?.map((step) => ({ candidate: names.get(step.candidate), accepted: step.accepted }))).toEqual(
    tiny.greedy.steps.map(({ candidate, accepted }) => ({ candidate, accepted })),
  );
  expect(countsOf(facts, greedy)).toEqual(correctOf(tiny.greedy));
  expect(facts.hardware?.provider).toBe('webgpu');
  // A second session shows that the first one's device really went.
  await expect.poll(async () => (await lab.facts()).cost.sessionsCreated).toBe(2);
});
