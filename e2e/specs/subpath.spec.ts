import { join } from 'node:path';
import { fixtures } from '../run/root.ts';
import { correctOf, countsOf, drop, expect, expectedOf, factsOf, filesOf, rested, rowNamed, test } from './lab.ts';

test.use({ subPath: '/some/sub/path/' });

const tiny = join(fixtures, 'tiny');

test('the page works from a static host under a sub-path, sample kit and wasm included', async ({ page, server }) => {
  expect(server.url).toMatch(/\/some\/sub\/path\/$/);
  await page.goto('./');
  // The sample comes from below the same path …
  await expect(page.getByTestId('chart').locator('circle').first()).toBeVisible();
  expect((await factsOf(page)).kit?.title).toContain('Fashion-MNIST');
  // … and one's own files are scored, workers and wasm found.
  await drop(page, filesOf(tiny));
  await expect.poll(async () => (await factsOf(page)).rows.filter((row) => row.kind === 'ingredient').length).toBe(4);
  await rested(page);
  const facts = await factsOf(page);
  expect(countsOf(facts, rowNamed(facts, 'greedy'))).toEqual(correctOf(expectedOf(tiny).greedy));
});
