import type { Page } from 'playwright';

/** Seconds that a page needs to only read files: slices of 16 MB, eight in flight, nothing done with them. */
export async function plainRead(page: Page, paths: readonly string[]): Promise<number> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'plain-read';
    document.body.append(input);
  });
  await page.locator('#plain-read').setInputFiles([...paths]);
  return page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#plain-read');
    const files = [...(input?.files ?? [])];
    input?.remove();
    const slice = 16 * 2 ** 20;
    const ranges = files.flatMap((file) =>
      Array.from({ length: Math.ceil(file.size / slice) }, (_, i) => file.slice(i * slice, Math.min(file.size, (i + 1) * slice))),
    );
    let next = 0;
    let bytes = 0;
    const readOn = async () => {
      for (let range = ranges[next++]; range !== undefined; range = ranges[next++]) {
        const { byteLength } = await range.arrayBuffer();
        bytes += byteLength;
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: 8 }, readOn));
    const seconds = (performance.now() - start) / 1000;
    if (bytes !== files.reduce((sum, file) => sum + file.size, 0)) throw new Error(`read ${bytes} bytes`);
    return seconds;
  });
}
