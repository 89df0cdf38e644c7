import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumLaunch } from './e2e/run/chromium.ts';

// Units run in a real Chromium with a real (if need be software) WebGPU adapter: no mocks of the platform.
export default defineConfig({
  // Listed so that Vite doesn't find them one by one and reload in the middle of a test.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: [
      'zod',
      'fast-check',
      'fflate',
      'comlink',
      'idb',
      '@bufbuild/protobuf',
      '@bufbuild/protobuf/wire',
      '@bufbuild/protobuf/codegenv2',
    ],
  },
  worker: { format: 'es' },
  test: {
    include: ['src/**/*.test.ts', 'app/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumLaunch() }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
