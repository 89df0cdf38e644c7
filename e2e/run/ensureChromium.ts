import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findChromium } from './chromium.ts';

function starts(executable: string): boolean {
  return spawnSync(executable, ['--version', '--no-sandbox'], { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

/** The Chromium to drive, fetched by Playwright where this machine has none. Throws with what to do where that fails too. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined && starts(found)) return found;
  const named = process.env.CHROMIUM_PATH;
  if (found !== undefined && found === named) throw new Error(`CHROMIUM_PATH is ${named}, which does not start.`);
  process.stderr.write('Fetching Chromium (this once) …\n');
  const command = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  spawnSync(process.execPath, [command, 'install', 'chromium'], { stdio: ['ignore', 2, 2] });
  const fetched = findChromium();
  if (fetched !== undefined && starts(fetched)) return fetched;
  throw new Error(
    [
      fetched === undefined
        ? 'No Chromium was found, and none could be fetched.'
        : `${fetched} does not start (a missing system library?).`,
      'Do one of these, then try again:',
      '  · install Chromium or Chrome with the system’s package manager',
      '  · npx playwright install --with-deps chromium',
      '  · set CHROMIUM_PATH to a Chromium or Chrome of version 113 or newer',
    ].join('\n'),
  );
}
