import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Cost, Facts } from '../../src/results/index.ts';
import { ensureChromium } from '../run/ensureChromium.ts';
import { type HeadlessLab, openHeadless } from '../run/headless.ts';
import { cache, fixtures, kitFolder } from '../run/root.ts';
import { readArguments } from '../run/soup/arguments.ts';
import { collectFiles } from '../run/soup/files.ts';
import { pageTimes } from './pageTimes.ts';
import { plainRead } from './plainRead.ts';
import { makeSynthetic, type Synthetic } from './synthetic.ts';

const memoryMegabytes = 1024;
const adapter = process.env.SOUP_LAB_ADAPTER === 'software' ? 'software' : 'any';

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function openLab(provider: 'auto' | 'webgpu', memoryBytes: number): Promise<HeadlessLab> {
  return openHeadless({
    adapter,
    lab: { provider, memoryBytes, seed: 0, cache: false },
    onConsole: (text) => say(`page: ${text}`),
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - start) / 1000 };
}

interface NumpyResult {
  readonly seconds: number;
  readonly saveSeconds: number;
  readonly peakBytes: number;
}

/** The same average by onnx.load and numpy, where this machine's Python has them ($PYTHON, else python3). */
function numpySoup({ checkpoints }: Synthetic): NumpyResult | undefined {
  const python = process.env.PYTHON ?? 'python3';
  try {
    execFileSync(python, ['-c', 'import numpy, onnx'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const out = execFileSync(python, [join(fixtures, 'numpy_soup.py'), ...checkpoints, '--out', join(cache, 'bench', 'numpy.onnx')]);
  return JSON.parse(out.toString());
}

interface SoupResult {
  readonly facts: Facts;
  /** From the first byte to the averaged tensors and the file made of them, in the page. */
  readonly seconds: number;
  readonly cost: Cost;
}

function since(after: Cost, before: Cost): Cost {
  const { seconds } = after;
  const rest = { index: seconds.index - before.seconds.index, read: seconds.read - before.seconds.read };
  const more = { average: seconds.average - before.seconds.average, evaluate: seconds.evaluate - before.seconds.evaluate };
  return {
    ...after,
    bytesRead: after.bytesRead - before.bytesRead,
    seconds: { ...rest, ...more, total: seconds.total - before.seconds.total },
  };
}

/** The uniform soup of the four, without scoring anything: read, average, written into a Blob of the page. */
async function soupOnly(lab: HeadlessLab): Promise<SoupResult> {
  const outcome = await lab.run([{ recipe: 'uniform', row: 'soup' }]);
  const { cost: before, checkpoints, problems } = await lab.facts();
  if (outcome !== 'done') {
    const said = [...checkpoints, { problems }].flatMap((one) => one.problems.map((problem) => problem.text));
    throw new Error(`The run ${outcome}: ${said.join('; ')}`);
  }
  const { seconds } = await timed(() =>
    lab.page.evaluate(async () => {
      const files = (await window.soupLab?.engine.exportSoup('soup')) ?? [];
      if (files.length === 0) throw new Error('no soup came out');
    }),
  );
  const facts = await lab.facts();
  return { facts, seconds, cost: since(facts.cost, before) };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const ratio = (value: number, reference: number | undefined) => (reference === undefined ? '–' : `${(value / reference).toFixed(2)} ×`);

async function averaging(synthetic: Synthetic): Promise<void> {
  const { bytes, checkpoints } = synthetic;
  say('reading the bytes in the page');
  // Nothing is scored here, so nothing needs the copies of the weights that wasm workers hold.
  const lab = await openLab('webgpu', memoryMegabytes * 2 ** 20);
  try {
    // Once to have every file in the system's cache, as the later measurements do; then for the table.
    await plainRead(lab.page, checkpoints);
    const read = await plainRead(lab.page, checkpoints);
    say('cooking the uniform soup');
    await lab.add(checkpoints.map((disk, i) => ({ disk, about: { path: `big-${i + 1}.onnx`, as: 'checkpoint' } })));
    const soup = await soupOnly(lab);
    say('the same with onnx.load and numpy');
    const numpy = numpySoup(synthetic);
    const numpyTotal = numpy === undefined ? undefined : numpy.seconds + numpy.saveSeconds;
    const rate = (seconds: number) => `${(bytes / seconds / 1e9).toFixed(2)} GB/s`;
    print(`\nFour synthetic checkpoints, ${megabytes(bytes)} together; ${soup.facts.hardware?.adapter?.description ?? 'no adapter'}\n`);
    print(
      table([
        ['', 'seconds', 'throughput', '÷ plain read', '÷ numpy'],
        ['plain read in the page', read.toFixed(2), rate(read), '1.00 ×', ratio(read, numpyTotal)],
        [
          'uniform soup: read, average, write',
          soup.seconds.toFixed(2),
          rate(soup.seconds),
          ratio(soup.seconds, read),
          ratio(soup.seconds, numpyTotal),
        ],
        ...(numpy === undefined
          ? []
          : [
              [
                'onnx.load + numpy: read, average',
                numpy.seconds.toFixed(2),
                rate(numpy.seconds),
                ratio(numpy.seconds, read),
                ratio(numpy.seconds, numpyTotal),
              ],
              [
                'onnx.load + numpy, and onnx.save',
                (numpyTotal ?? 0).toFixed(2),
                rate(numpyTotal ?? 1),
                ratio(numpyTotal ?? 0, read),
                '1.00 ×',
              ],
            ]),
      ]),
    );
    if (numpy === undefined) print('(no onnx.load + numpy: Python here lacks them; set PYTHON to one that has them)');
    memoryTable(soup, bytes, numpy);
  } finally {
    await lab.close();
  }
}

function memoryTable({ facts, cost }: SoupResult, bytes: number, numpy: NumpyResult | undefined): void {
  const plan = facts.memory;
  const { peakBytes } = facts.cost;
  const row = (name: string, value: { gpu: number; js: number; wasm: number }) => [
    name,
    megabytes(value.gpu),
    megabytes(value.js),
    megabytes(value.wasm),
    megabytes(value.gpu + value.js + value.wasm),
  ];
  print(`\nMemory, with a budget of ${megabytes(memoryMegabytes * 2 ** 20)} (${plan?.mode ?? 'no plan'})\n`);
  print(
    table([
      ['', 'GPU', 'JS', 'wasm', 'together'],
      ...(plan === undefined ? [] : [row('predicted peak', plan.predicted)]),
      row('measured peak', peakBytes),
      ...(numpy === undefined ? [] : [['numpy process', '', '', '', megabytes(numpy.peakBytes)]]),
    ]),
  );
  print(`\nread ${megabytes(cost.bytesRead)} for the soup: every byte ${(cost.bytesRead / bytes).toFixed(2)} times`);
}

/** Scoring the sample kit: the whole run against what the provider does on bare batches. */
async function scoring(): Promise<void> {
  say('scoring the sample kit');
  const lab = await openLab('auto', 2048 * 2 ** 20);
  try {
    await lab.add(collectFiles(readArguments(['--kit', kitFolder])));
    const { seconds } = await timed(() =>
      lab.run([
        { recipe: 'uniform', row: 'uniform' },
        { recipe: 'greedy', row: 'greedy' },
      ]),
    );
    const { cost, hardware } = await lab.facts();
    const provider = hardware?.provider;
    const bare = provider === undefined ? undefined : hardware?.check?.imagesPerSecond[provider];
    const whole = cost.examplesRun / seconds;
    print(`\nScoring the sample kit: ${cost.examplesRun} examples with ${provider ?? 'nothing'}, ${hardware?.workers ?? 0} workers\n`);
    print(
      table([
        ['', 'images/s', '÷ bare'],
        ...(bare === undefined ? [] : [['bare batches (the check on load)', bare.toFixed(0), '1.00 ×']]),
        ['while scoring', (cost.examplesRun / cost.seconds.evaluate).toFixed(0), ratio(cost.examplesRun / cost.seconds.evaluate, bare)],
        [`whole run (${seconds.toFixed(1)} s: read, check, cook, score)`, whole.toFixed(0), ratio(whole, bare)],
      ]),
    );
  } finally {
    await lab.close();
  }
}

ensureChromium();
await averaging(makeSynthetic(join(cache, 'bench'), say));
await scoring();
say('opening the page');
const { alive, final, restored } = await pageTimes(adapter);
print(
  `\nThe page on the sample kit: alive after ${alive.toFixed(1)} s, verdict final after ${final.toFixed(1)} s, back ${restored.toFixed(1)} s after a reload`,
);
