import { type Browser, chromium, type Page } from 'playwright';
import type { LabFile, LabOptions, SoupRequest } from '../../src/engine/index.ts';
import type { Facts, Progress } from '../../src/results/index.ts';
import { chromiumLaunch } from './chromium.ts';
import { dist } from './root.ts';
import { serve } from './serve.ts';

/** A file on disk, with what the lab shall be told of it. */
export interface DiskFile {
  readonly disk: string;
  readonly about: Omit<LabFile, 'blob'>;
}

/** The page with an open lab and no screen. */
export interface HeadlessLab {
  readonly page: Page;
  add(files: readonly DiskFile[]): Promise<void>;
  run(requests: readonly SoupRequest[]): Promise<'done' | 'cancelled' | 'failed'>;
  /** Every fact but previews, as values of this process. */
  facts(): Promise<Facts>;
  progress(): Promise<Progress>;
  /** Writes the files of an exported soup; returns their names. */
  exportSoup(row: string, folder: string): Promise<readonly string[]>;
  savePicture(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface HeadlessOptions {
  readonly adapter: 'any' | 'software';
  readonly lab: Partial<LabOptions>;
  /** What the page writes to its console, errors and warnings only. */
  readonly onConsole?: (text: string) => void;
}

/** Opens the built page without its sample and connects the lab. */
export async function openHeadless(options: HeadlessOptions): Promise<HeadlessLab> {
  const server = await serve(dist);
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch(chromiumLaunch(options.adapter));
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
    // Minutes may pass in one command: it is the lab that says when something takes too long.
    page.setDefaultTimeout(0);
    page.on('pageerror', (error) => options.onConsole?.(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') options.onConsole?.(message.text());
    });
    const answer = await page.goto(`${server.url}?headless`);
    if (answer?.ok() !== true) throw new Error(`The page is not there: ${answer?.status() ?? 'no answer'}. Build it: npm run build`);
    await page.waitForFunction(() => window.soupLab !== undefined, undefined, { timeout: 60_000 });
    await page.evaluate((lab) => window.soupLab?.connect(lab), options.lab);
    return labOf(page, async () => {
      await browser?.close();
      await server.close();
    });
  } catch (thrown) {
    await browser?.close();
    await server.close();
    throw thrown;
  }
}

/** The same for a page that someone else opened at `?headless`. */
export function labOf(page: Page, close: () => Promise<void>): HeadlessLab {
  return {
    page,
    close,
    add: (files) => addFromDisk(page, files),
    run: (requests) =>
      page.evaluate(async (wanted) => {
        const lab = window.soupLab;
        return lab === undefined ? 'failed' : lab.engine.run(wanted);
      }, requests),
    facts: () => readFacts(page),
    progress: () => page.evaluate(() => window.soupLab?.facts().progress ?? { phase: 'idle', doing: '', done: 0, total: 0 }),
    exportSoup: async (row, folder) => {
      const names = await page.evaluate(async (id) => {
        const files = (await window.soupLab?.engine.exportSoup(id)) ?? [];
        Object.assign(window, { exported: files });
        return files.map((file) => file.name);
      }, row);
      for (const [index, name] of names.entries()) {
        await download(page, `${folder}/${name}`, `exported[${index}].blob`);
      }
      return names;
    },
    savePicture: async (path) => {
      await page.evaluate(async () => {
        Object.assign(window, { picture: await window.soupLab?.picture() });
      });
      await download(page, path, 'picture');
    },
  };
}

/**
 * Hands files over by a file input of our own: they stay on disk, and the page reads them by slices as it would after a drop.
 * Their bytes never go through the debugging protocol.
 */
async function addFromDisk(page: Page, files: readonly DiskFile[]): Promise<void> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'from-disk';
    input.hidden = true;
    document.body.append(input);
  });
  await page.locator('#from-disk').setInputFiles(files.map((file) => file.disk));
  await page.evaluate(
    async (about) => {
      const input = document.querySelector<HTMLInputElement>('#from-disk');
      const blobs = [...(input?.files ?? [])];
      input?.remove();
      await window.soupLab?.engine.add(
        about.flatMap((said, index) => {
          const blob = blobs[index];
          return blob === undefined ? [] : [{ ...said, blob }];
        }),
      );
    },
    files.map((file) => file.about),
  );
}

function readFacts(page: Page): Promise<Facts> {
  return page.evaluate(() => {
    const facts = window.soupLab?.facts();
    if (facts === undefined) throw new Error('The lab is not open');
    return { ...facts, sets: facts.sets.map((set) => ({ ...set, preview: undefined })) };
  });
}

/** Saves a Blob of the page by an ordinary download: any size, no base64. `expression` finds it in `window`. */
async function download(page: Page, path: string, expression: string): Promise<void> {
  const [arrived] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate((where) => {
      const steps = where.split(/[.[\]]+/).filter((step) => step !== '');
      const blob = steps.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], window);
      if (!(blob instanceof Blob)) throw new Error(`${where} is no Blob`);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = 'file';
      link.click();
    }, expression),
  ]);
  await arrived.saveAs(path);
}
