import { proxy, type Remote } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { applyEvent, emptyFacts, type Facts } from '../results/index.ts';
import { openEngine, terminateEngine } from './openEngine.ts';
import type { Engine, LabFile, LabOptions } from './types.ts';

/** What onnxruntime and numpy in Python found (e2e/fixtures/make.py). */
interface Expected {
  readonly checkpoints: readonly { readonly file: string; readonly sets: Counts }[];
  readonly uniform: { readonly sets: Counts };
  readonly greedy: { readonly sets: Counts; readonly steps: readonly { candidate: string; accepted: boolean; correct: number }[] };
  readonly ensemble: { readonly sets: Counts };
}
type Counts = Readonly<Record<string, { readonly correct: number; readonly loss: number }>>;

const tiny = '/e2e/fixtures/tiny/';
const fashion = '/samples/fashion/';
const both = [
  { recipe: 'uniform', row: 'uniform' },
  { recipe: 'greedy', row: 'greedy' },
] as const;

async function expectedOf(root: string): Promise<Expected> {
  return (await (await fetch(`${root}expected.json`)).json()) as Expected;
}

async function kitFiles(root = tiny, sets: readonly string[] = ['select', 'test']): Promise<readonly LabFile[]> {
  const kit = (await (await fetch(`${root}kit.json`)).json()) as {
    checkpoints: { file: string }[];
    base: string;
    sets: { name: string; role: 'select' | 'report'; file: string }[];
    preprocessing: LabFile['preprocessing'];
  };
  const blob = async (file: string) => (await fetch(root + file)).blob();
  return Promise.all([
    ...kit.checkpoints.map(async ({ file }): Promise<LabFile> => ({ path: file, blob: await blob(file), as: 'checkpoint' })),
    (async (): Promise<LabFile> => ({ path: kit.base, blob: await blob(kit.base), as: 'base' }))(),
    ...kit.sets
      .filter(({ name }) => sets.includes(name))
      .map(
        async ({ name, role, file }): Promise<LabFile> => ({
          path: file,
          blob: await blob(file),
          as: role,
          name,
          ...(kit.preprocessing === undefined ? {} : { preprocessing: kit.preprocessing }),
        }),
      ),
  ]);
}

let engine: Remote<Engine> | undefined;

async function open(options: Partial<LabOptions> = {}): Promise<{ engine: Remote<Engine>; facts: () => Facts }> {
  let facts = emptyFacts();
  engine = openEngine();
  await engine.connect(
    proxy((event) => {
      facts = applyEvent(facts, event);
    }),
    { provider: 'wasm', memoryBytes: 1e9, seed: 0, cache: false, workers: 2, ...options },
  );
  return { engine, facts: () => facts };
}

/** Events cross a message port: what was sent before the command's answer has arrived before it. */
function correct(facts: Facts, row: string, set: string): number | undefined {
  const id = facts.sets.find((one) => one.name === set)?.id ?? '';
  const score = facts.rows.find((one) => one.id === row || one.name === row)?.scores[id];
  return score?.done === score?.n ? score?.correct : undefined;
}

function expectAll(facts: Facts, expected: Expected, on: readonly string[] = ['select', 'test']): void {
  expect(facts.problems).toEqual([]);
  for (const set of on) {
    for (const { file, sets } of expected.checkpoints) expect(correct(facts, file, set), `${file} on ${set}`).toBe(sets[set]?.correct);
    expect(correct(facts, 'uniform', set), `uniform on ${set}`).toBe(expected.uniform.sets[set]?.correct);
    expect(correct(facts, 'greedy', set), `greedy on ${set}`).toBe(expected.greedy.sets[set]?.correct);
    expect(correct(facts, 'ensemble-uniform', set), `ensemble on ${set}`).toBe(expected.ensemble.sets[set]?.correct);
  }
  const names = new Map(facts.checkpoints.map((one) => [one.id, one.name]));
  const steps = facts.rows.find((row) => row.id === 'greedy')?.steps ?? [];
  expect(steps.map((step) => [names.get(step.candidate), step.accepted])).toEqual(
    expected.greedy.steps.map((step) => [step.candidate, step.accepted]),
  );
}

afterEach(() => {
  if (engine !== undefined) terminateEngine(engine);
  engine = undefined;
});

describe('the laboratory on the tiny kit', () => {
  for (const provider of ['wasm', 'webgpu'] as const) {
    it(`scores as Python does, on ${provider}`, async () => {
      const expected = await expectedOf(tiny);
      const lab = await open({ provider });
      await lab.engine.add(await kitFiles());
      expect(await lab.engine.run(both)).toBe('done');
      expectAll(lab.facts(), expected);
      expect(lab.facts().hardware?.provider).toBe(provider);
      const set = lab.facts().sets.find((one) => one.name === 'test')?.id ?? '';
      const verified = await lab.engine.verifyExport('greedy', set);
      expect(verified.correct).toBe(expected.greedy.sets.test?.correct);
      expect(verified.maxLogitDifference).toBeLessThan(1e-5);
    });
  }

  it('goes on after the device is lost in the middle, with the same result', async () => {
    const expected = await expectedOf(tiny);
    const lab = await open({ provider: 'webgpu' });
    await lab.engine.add(await kitFiles());
    const run = lab.engine.run(both);
    while (!lab.facts().rows.some((row) => (row.steps?.length ?? 0) > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
    await lab.engine.loseDevice();
    expect(await run).toBe('done');
    expectAll(lab.facts(), expected);
  });

  it('stops when cancelled, keeps what it has, and goes on', async () => {
    const expected = await expectedOf(tiny);
    const lab = await open({ provider: 'webgpu' });
    await lab.engine.add(await kitFiles());
    const run = lab.engine.run(both);
    while (!lab.facts().rows.some((row) => Object.keys(row.scores).length > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
    await lab.engine.cancel();
    expect(await run).toBe('cancelled');
    expect(lab.facts().progress.phase).toBe('idle');
    expect(lab.facts().rows.some((row) => Object.values(row.scores).some((score) => score.done > 0))).toBe(true);
    expect(await lab.engine.run(both)).toBe('done');
    expectAll(lab.facts(), expected);
  });

  it('streams checkpoints with the same result, with the running sum of greedy, within the plan', async () => {
    const lab = await open({ streamed: true, workers: 1 });
    await lab.engine.add(await kitFiles(fashion, ['select']));
    expect(await lab.engine.run(both)).toBe('done');
    const { memory, cost } = lab.facts();
    expect(memory).toMatchObject({ mode: 'streamed', runningSum: true });
    expectAll(lab.facts(), await expectedOf(fashion), ['select']);
    for (const kind of ['gpu', 'js'] as const) {
      expect(cost.peakBytes[kind]).toBeGreaterThan(0);
      expect(cost.peakBytes[kind]).toBeLessThanOrEqual(memory?.predicted[kind] ?? 0);
    }
  });

  it('scores 30 soups with the sessions of the first three', async () => {
    const lab = await open();
    await lab.engine.add(await kitFiles());
    const ids = lab
      .facts()
      .checkpoints.filter((one) => one.standing === 'ingredient')
      .map((one) => one.id);
    const soups = (n: number) =>
      Array.from({ length: n }, (_, i) => ({
        recipe: 'weighted',
        row: `w${i}`,
        options: { weights: Object.fromEntries(ids.map((id, k) => [id, 1 + ((i * (k + 1)) % 7)])) },
      }));
    expect(await lab.engine.run(soups(3))).toBe('done');
    const few = lab.facts().cost.sessionsCreated;
    expect(await lab.engine.run(soups(30))).toBe('done');
    expect(lab.facts().rows.filter((row) => row.kind === 'soup')).toHaveLength(30);
    expect(lab.facts().cost.sessionsCreated).toBe(few);
    expect(few).toBe(2);
  });
});
