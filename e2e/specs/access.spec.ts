import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { parseReport } from '../../src/share/index.ts';
import { fixtures } from '../run/root.ts';
import { drop, expect, factsOf, filesOf, rested, test } from './lab.ts';

const tiny = join(fixtures, 'tiny');

async function openTiny(page: Page, more: readonly string[] = []): Promise<void> {
  await page.goto('./?headless');
  await page.waitForFunction(() => window.soupLab !== undefined);
  await drop(page, [...filesOf(tiny), ...more]);
  await rested(page);
  await expect(page.getByTestId('chart').locator('circle').first()).toBeVisible();
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1440, 390]) {
    test(`axe finds nothing serious: ${colorScheme}, ${width} px, with a result and a problem`, async ({ page }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await openTiny(page, [join(fixtures, 'bad', 'truncated.onnx')]);
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      expect(passes.length).toBeGreaterThan(10);
      const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
      expect(serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
      // Nothing may stick out to the side.
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    });
  }
}

/** Presses Tab until something is in focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 120; i += 1) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate(() => {
      const active = document.activeElement;
      if (active === null || active === document.body) return '';
      const labels = active instanceof HTMLInputElement ? [...(active.labels ?? [])].map((one) => one.textContent) : [];
      return [active.getAttribute('aria-label'), ...labels, active.textContent].join(' ');
    });
    if (name.test(label)) return;
  }
  throw new Error(`nothing called ${name} can be reached by Tab`);
}

test('by keyboard alone: an ingredient left out, another recipe, the report saved', async ({ page }) => {
  await openTiny(page);
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toContainText('greedy soup');
  await tabTo(page, /Use run-4 as an ingredient/);
  await page.keyboard.press('Space');
  await rested(page);
  expect((await factsOf(page)).checkpoints.find((one) => one.name.endsWith('run-4.onnx'))?.standing).toBe('excluded');
  await tabTo(page, /^\s*(uniform|greedy|weights)\s*$/);
  await page.keyboard.press('ArrowLeft');
  await expect(verdict).toContainText('uniform soup of all 3');
  await tabTo(page, /Share/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  const arriving = page.waitForEvent('download');
  for (let i = 0; i < 6; i += 1) {
    if (await page.evaluate(() => /report\.json/.test(document.activeElement?.textContent ?? ''))) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  const download = await arriving;
  const report = parseReport(JSON.parse(readFileSync(await download.path(), 'utf8')));
  if ('kind' in report) throw new Error(report.text);
  expect(report.soup.name).toBe('uniform');
  expect(report.ingredients).toHaveLength(3);
});
