import { type Browser, chromium } from 'playwright';
import { chromiumLaunch } from '../run/chromium.ts';
import { dist } from '../run/root.ts';
import { serve } from '../run/serve.ts';

/** Seconds from the start of a navigation, for a visitor whose browser has nothing of the page yet. */
export interface PageTimes {
  /** Until every checkpoint has a dot with its interval. */
  readonly alive: number;
  /** Until the verdict on the sample kit is final. */
  readonly final: number;
  /** From a reload until the verdict is back. */
  readonly restored: number;
}

/** How long someone looks at the sample kit before it says something. */
export async function pageTimes(adapter: 'any' | 'software'): Promise<PageTimes> {
  const server = await serve(dist);
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch(chromiumLaunch(adapter));
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(300_000);
    const verdict = () =>
      page.locator('[aria-label="Verdict"]:is([data-voice="better"], [data-voice="worse"], [data-voice="undecided"])').waitFor();
    const start = performance.now();
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="chart"] circle').length >= 8);
    const alive = (performance.now() - start) / 1000;
    await verdict();
    const final = (performance.now() - start) / 1000;
    await page.evaluate(() => window.soupLab?.idle());
    // Facts are kept a moment after the last change.
    await page.waitForTimeout(1500);
    const again = performance.now();
    await page.reload();
    await verdict();
    return { alive, final, restored: (performance.now() - again) / 1000 };
  } finally {
    await browser?.close();
    await server.close();
  }
}
