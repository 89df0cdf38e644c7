import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { Facts, Row } from '../../src/results/index.ts';
import { type HeadlessLab, labOf } from '../run/headless.ts';
import { dist } from '../run/root.ts';
import { type Served, serve } from '../run/serve.ts';

interface WorkerFixtures {
  /** Path under which dist/ is served. */
  readonly subPath: string;
  readonly server: Served;
}

interface Fixtures {
  /** What must not be: console errors and warnings, uncaught errors, requests to elsewhere. Checked after every test. */
  readonly noise: string[];
  /** The page at `?headless`: no sample, nothing kept, an open engine. */
  readonly lab: HeadlessLab;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  subPath: ['/', { option: true, scope: 'worker' }],
  server: [
    async ({ subPath }, use) => {
      if (!existsSync(join(dist, 'index.html'))) throw new Error('dist/ is not there: npm run build');
      const server = await serve(dist, { mount: subPath });
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],
  baseURL: ({ server }, use) => use(server.url),
  noise: [
    async ({ context, server }, use) => {
      const noise: string[] = [];
      const { origin } = new URL(server.url);
      context.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') noise.push(`console ${message.type()}: ${message.text()}`);
      });
      context.on('weberror', (error) => noise.push(`uncaught: ${error.error().stack ?? error.error().message}`));
      context.on('request', (request) => {
        const url = new URL(request.url());
        const inside =
          url.protocol === 'blob:' ? new URL(url.pathname).origin === origin : url.protocol === 'data:' || url.origin === origin;
        if (!inside) noise.push(`request outside the origin: ${request.url()}`);
      });
      await use(noise);
      expect(noise, 'console errors and warnings, uncaught errors, requests outside the origin').toEqual([]);
    },
    { auto: true },
  ],
  lab: async ({ page }, use) => {
    await page.goto('./?headless');
    await page.waitForFunction(() => window.soupLab !== undefined);
    await use(labOf(page, () => page.close()));
  },
});

export { expect };

/** The facts of a page, previews left out. */
export function factsOf(page: Page): Promise<Facts> {
  return labOf(page, () => page.close()).facts();
}

/** Resolves when no command is under way and the engine rests. */
export async function rested(page: Page): Promise<void> {
  await page.evaluate(() => window.soupLab?.idle());
}

export function rowNamed(facts: Facts, name: string): Row {
  const row = facts.rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no row ${name} among ${facts.rows.map((one) => one.name).join(', ')}`);
  return row;
}

/** Correct counts of a row by the name of the set; every example must have been scored. */
export function countsOf(facts: Facts, row: Row): Readonly<Record<string, number>> {
  return Object.fromEntries(
    facts.sets.map((set) => {
      const score = row.scores[set.id];
      expect(score?.done, `${row.name} on ${set.name}: examples scored`).toBe(set.n);
      return [set.name, score?.correct ?? -1];
    }),
  );
}

/** Every file of a folder that a person would drop: models, sets and the manifest. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(onnx|npz)$|^kit\.json$/.test(name))
    .map((name) => join(folder, name));
}

/** What changes as soon as the engine has looked at the first dropped file. */
function contents(): string {
  const facts = window.soupLab?.facts();
  return JSON.stringify([
    facts?.checkpoints.map((one) => one.id),
    facts?.sets.map((one) => one.id),
    facts?.problems.map((one) => one.text),
  ]);
}

/**
 * Drops files from disk on the page, as a drag from a file manager does: the page answers the drag with a veil over everything,
 * and the drop lands on that. Resolves when the lab has begun to take them in.
 */
export async function drop(page: Page, files: readonly string[]): Promise<void> {
  const before = await page.evaluate(contents);
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'dragged';
    input.hidden = true;
    document.body.append(input);
  });
  await page.locator('#dragged').setInputFiles([...files]);
  const veil = page.getByText('Drop checkpoints and held-out data');
  await drag(page.locator('body'), 'dragenter');
  await expect(veil).toBeVisible();
  await drag(veil, 'dragover');
  await drag(veil, 'drop');
  await page.locator('#dragged').evaluate((input) => input.remove());
  await expect.poll(() => page.evaluate(contents)).not.toBe(before);
}

/** Sends an event of a drag that carries the files of our input. */
function drag(over: Locator, type: 'dragenter' | 'dragover' | 'drop'): Promise<void> {
  return over.evaluate((element, name) => {
    const dataTransfer = new DataTransfer();
    for (const file of document.querySelector<HTMLInputElement>('#dragged')?.files ?? []) dataTransfer.items.add(file);
    element.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, composed: true, dataTransfer }));
  }, type);
}

export interface TwinRow {
  readonly row: string;
  readonly set: string;
  readonly correct: number;
  readonly done: number;
  readonly n: number;
}

/** The table behind the chart, as the page shows it. */
export async function twinOf(page: Page): Promise<readonly TwinRow[]> {
  await page.getByRole('radiogroup', { name: 'Show as' }).getByText('table', { exact: true }).click();
  const table = page.getByTestId('twin');
  await expect(table).toBeVisible();
  return table.locator('tbody tr').evaluateAll((lines) =>
    lines.map((line) => {
      const data = (line as HTMLElement).dataset;
      return {
        row: data.row ?? '',
        set: data.set ?? '',
        correct: Number(data.correct),
        done: Number(data.done),
        n: Number(data.n),
      };
    }),
  );
}

/** What the table shows for one row, by set. */
export function shown(twin: readonly TwinRow[], row: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    twin
      .filter((line) => line.row === row)
      .map((line) => {
        expect(line.done, `${row} on ${line.set}: examples scored`).toBe(line.n);
        return [line.set, line.correct];
      }),
  );
}

interface Scored {
  readonly sets: Readonly<Record<string, { readonly correct: number; readonly loss: number; readonly closeCalls: number }>>;
}

interface Soup extends Scored {
  readonly tensors: Readonly<Record<string, { readonly sha256: string; readonly float32Sha256: string }>>;
}

/** `expected.json`: what onnxruntime and numpy found in Python. */
export interface Expected {
  readonly sets: Readonly<Record<string, { readonly n: number }>>;
  readonly checkpoints: readonly (Scored & { readonly file: string; readonly sha256: string })[];
  readonly base: Scored;
  readonly uniform: Soup;
  readonly greedy: Soup & {
    readonly order: readonly string[];
    readonly chosen: readonly string[];
    readonly steps: readonly { readonly candidate: string; readonly accepted: boolean; readonly correct: number }[];
  };
  readonly ensemble: Scored;
  readonly ensembleOfGreedy: Scored;
  readonly mcnemar: { readonly set: string; readonly against: string; readonly fixes: number; readonly breaks: number; readonly p: number };
}

export function expectedOf(folder: string): Expected {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
}

export function correctOf(scored: Scored): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(scored.sets).map(([name, { correct }]) => [name, correct]));
}
