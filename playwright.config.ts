import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './e2e/run/chromium.ts';

// Each worker serves dist/ itself, on a free port (e2e/specs/lab.ts): no fixed port, nothing to wait for.
export default defineConfig({
  testDir: 'e2e/specs',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: '.cache/e2e.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    launchOptions: chromiumLaunch('software'),
    trace: 'off',
  },
});
