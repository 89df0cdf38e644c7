import { expect, test } from './lab.ts';

test('the guard that watches every test sees an error, a warning, a worker’s error and a foreign request', async ({ page, noise }) => {
  await page.goto('./?headless');
  await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noConsole: this is what the guard must see
    console.error('an error');
    // biome-ignore lint/suspicious/noConsole: this is what the guard must see
    console.warn('a warning');
    setTimeout(() => {
      throw new Error('uncaught');
    });
    new Worker(URL.createObjectURL(new Blob(['console.error("from a worker")'])));
    await fetch('http://localhost:9/elsewhere').catch(() => undefined);
  });
  for (const text of ['an error', 'a warning', 'uncaught', 'from a worker', 'http://localhost:9/elsewhere']) {
    await expect.poll(() => noise.join('\n')).toContain(text);
  }
  noise.length = 0;
});
