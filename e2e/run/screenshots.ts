import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { chromiumLaunch } from './chromium.ts';
import { ensureChromium } from './ensureChromium.ts';
import { dist, fixtures, kitFolder, root } from './root.ts';
import { serve } from './serve.ts';

const folder = join(root, 'screenshots');
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const schemes = ['light', 'dark'] as const;

type Scheme = (typeof schemes)[number];

async function shoot(page: Page, state: string): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      // The chart measures itself once more after a resize.
      await page.waitForTimeout(300);
      // On a narrow screen the panels lie under each other: all of them are wanted.
      await page.screenshot({ path: join(folder, `${state}-${size.width}-${colorScheme}.png`), fullPage: size.width < 1000 });
    }
  }
}

async function open(browser: Browser, url: string, colorScheme: Scheme = 'light'): Promise<Page> {
  const context = await browser.newContext({ viewport: sizes[0], colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => window.soupLab !== undefined);
  return page;
}

/** Hands files to the page by its own hidden file input. */
async function choose(page: Page, files: readonly string[]): Promise<void> {
  await page
    .getByTestId('files')
    .first()
    .setInputFiles([...files]);
  await page.waitForFunction(() => (window.soupLab?.facts().checkpoints.length ?? 0) > 0);
}

ensureChromium();
mkdirSync(folder, { recursive: true });
const server = await serve(dist);
const browser = await chromium.launch(chromiumLaunch('any'));
try {
  // Each state of a run is caught afresh, for every size and scheme: a run doesn't wait.
  for (const size of sizes) {
    for (const colorScheme of schemes) {
      const page = await open(browser, server.url, colorScheme);
      await page.setViewportSize(size);
      await page.waitForFunction(() =>
        (window.soupLab?.facts().rows ?? []).some((row) => row.recipe === 'greedy' && (row.steps?.length ?? 0) > 1),
      );
      await page.waitForTimeout(300);
      await page.screenshot({ path: join(folder, `running-${size.width}-${colorScheme}.png`), fullPage: size.width < 1000 });
      await page.context().close();
    }
  }
  const finished = await open(browser, server.url);
  await finished.waitForFunction(
    () => document.querySelector('[aria-label="Verdict"]')?.getAttribute('data-voice') === 'better',
    undefined,
    { timeout: 180_000 },
  );
  await finished.evaluate(() => window.soupLab?.idle());
  await shoot(finished, 'finished');
  await finished.getByRole('radiogroup', { name: 'Show as' }).getByText('table', { exact: true }).click();
  await shoot(finished, 'table');
  await finished.context().close();

  const failing = await open(browser, `${server.url}?headless`);
  const bad = ['truncated.onnx', 'other-dims.onnx', 'nan.onnx', 'label-outside.npz'].map((name) => join(fixtures, 'bad', name));
  const good = ['run-1.onnx', 'run-2.onnx', 'select.npz'].map((name) => join(fixtures, 'tiny', name));
  await choose(failing, [...good, ...bad]);
  await failing.evaluate(() => window.soupLab?.idle());
  await shoot(failing, 'failing');
  await failing.context().close();

  const empty = await open(browser, `${server.url}?headless`);
  await shoot(empty, 'empty');
  await choose(empty, [join(kitFolder, 'run-1.onnx')]);
  await empty.evaluate(() => window.soupLab?.idle());
  await shoot(empty, 'one');
} finally {
  await browser.close();
  await server.close();
}
process.stdout.write(`${folder}\n`);
