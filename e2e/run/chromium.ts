import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type LaunchOptions } from 'playwright';

/** Names under which a system's own Chromium or Chrome is looked for when Playwright's build is absent. */
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findOnPath(names: readonly string[]): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here; look on
      }
    }
  }
  return undefined;
}

/** The Chromium to drive: `CHROMIUM_PATH`, Playwright's own build, or the system's. `undefined` when there is none. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') return named;
  const own = chromium.executablePath();
  return own !== '' && existsSync(own) ? own : findOnPath(SYSTEM_NAMES);
}

/**
 * How tests and the headless lab launch Chromium. `adapter: 'software'` forces SwiftShader, which every Chromium has, so that
 * tests see the same WebGPU everywhere; `'any'` leaves the choice to the browser (a real GPU where there is one).
 */
export function chromiumLaunch(adapter: 'software' | 'any' = 'software'): LaunchOptions {
  const executablePath = findChromium();
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--enable-unsafe-webgpu',
      ...(adapter === 'software' ? ['--use-webgpu-adapter=swiftshader'] : []),
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}
