import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures } from '../run/root.ts';
import { soup } from './command.ts';
import { drop, expect, factsOf, rested, test } from './lab.ts';

interface BadFile {
  readonly file: string;
  readonly kind: string;
  readonly tensor?: string;
}

const folder = join(fixtures, 'bad');
const tiny = join(fixtures, 'tiny');
const { files } = JSON.parse(readFileSync(join(folder, 'bad.json'), 'utf8')) as { readonly files: readonly BadFile[] };

/** What the message has to say, by the kind that the fixture's maker gave it. */
const reasons: Readonly<Record<string, RegExp>> = {
  empty: /empty|0 bytes/,
  notOnnx: /PNG/,
  truncated: /truncated|ends|end of the file|runs past|overruns/i,
  dims: /dims?\b/,
  overrun: /past|overrun|goes on|only|bytes/,
  byteLength: /3[ ,]?45[26]/,
  externalPath: /\.\.\/\.\.\/etc\/passwd/,
  missing: /missing|has no|lacks|not there/i,
  graph: /graph|initializer/,
  quantised: /quantised/,
  notFinite: /NaN|Inf/i,
  label: /label/,
  shape: /32/,
  noExamples: /no example|0 examples|zero/i,
  noLabels: /label|"?\by\b"?/,
  count: /16.*15|15.*16/,
};

test('every kind of bad file has a reason that is looked for', () => {
  expect(files.length).toBeGreaterThanOrEqual(20);
  for (const { kind } of files) expect(Object.keys(reasons)).toContain(kind);
});

for (const { file, kind, tensor } of files) {
  test(`${file} is named with its reason, and the rest goes on`, async ({ page }) => {
    await page.goto('./?headless');
    await page.waitForFunction(() => window.soupLab !== undefined);
    const good = ['run-1.onnx', 'run-2.onnx', 'select.npz'].map((name) => join(tiny, name));
    await drop(page, [...good, join(folder, file)]);
    await rested(page);
    const message = page
      .getByRole('main')
      .getByText(file)
      .filter({ hasText: reasons[kind] ?? /^$/ });
    await expect(message.filter({ visible: true }).first()).toBeVisible();
    if (tensor !== undefined) await expect(message.filter({ hasText: tensor }).first()).toBeVisible();
    const facts = await factsOf(page);
    // Nothing lost, still usable: the two good checkpoints and their soup are scored on the good set.
    const select = facts.sets.find((set) => set.name === 'select')?.id ?? '';
    for (const name of ['run-1.onnx', 'run-2.onnx', 'uniform', 'greedy']) {
      const score = facts.rows.find((row) => row.name === name)?.scores[select];
      expect(score?.done, `${name} on select`).toBe(128);
    }
    expect(facts.checkpoints.filter((one) => one.standing === 'ingredient').map((one) => one.name)).toEqual(['run-1.onnx', 'run-2.onnx']);
    await expect(page.getByRole('button', { name: 'Share' })).toBeEnabled();
  });
}

test('headless: a bad file ends with 3 and says which file, which tensor and why', async () => {
  const good = [join(tiny, 'run-1.onnx'), join(tiny, 'run-2.onnx')];
  const select = ['--select', join(tiny, 'select.npz')];
  for (const name of ['nan.onnx', 'other-dims.onnx', 'truncated.onnx']) {
    const { tensor = '', kind = '' } = files.find((one) => one.file === name) ?? {};
    const ran = await soup(...good, join(folder, name), ...select);
    expect(ran.code, `${name}: ${ran.stderr}`).toBe(3);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(name);
    expect(ran.stderr).toContain(tensor);
    expect(ran.stderr).toMatch(reasons[kind] ?? /^$/);
  }
  const label = await soup(...good, '--select', join(folder, 'label-outside.npz'));
  expect(label.code, label.stderr).toBe(3);
  expect(label.stderr).toContain('label-outside.npz');
});

test('--check: one bad file never stops the others, and every error stands in its place', async () => {
  const paths = [join(tiny, 'run-1.onnx'), ...files.filter((one) => one.file.endsWith('.onnx')).map((one) => join(folder, one.file))];
  const ran = await soup('--check', ...paths, '/nowhere/none.onnx', '--json');
  expect(ran.code).toBe(3);
  const found = JSON.parse(ran.stdout) as {
    readonly files: readonly { name: string; error?: string; bytes: number; bytesRead: number; initializers: readonly unknown[] }[];
    readonly groups: readonly (readonly string[])[];
    readonly differences: readonly { readonly text: string }[];
  };
  expect(found.files.map((one) => one.name)).toEqual([...paths, '/nowhere/none.onnx']);
  expect(found.files.at(0)).not.toHaveProperty('error');
  expect(found.files.at(-1)?.error).toContain('none.onnx');
  for (const { file, kind, tensor } of files.filter((one) => one.file.endsWith('.onnx'))) {
    const one = found.files.find(({ name }) => name.endsWith(`/${file}`));
    if (['notFinite'].includes(kind)) continue; // Values are looked at when they are averaged, not by --check.
    const said =
      one?.error ??
      found.differences
        .map((each) => each.text)
        .filter((text) => text.includes(file))
        .join('\n');
    expect(said, file).toContain(file);
    expect(said, file).toMatch(reasons[kind] ?? /^$/);
    if (tensor !== undefined) expect(said, file).toContain(tensor);
  }
});
