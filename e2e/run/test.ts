import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureChromium } from './ensureChromium.ts';
import { cache, root } from './root.ts';

interface Outcome {
  readonly stage: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

const unitsReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const e2eReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

function runBinary(name: string, args: readonly string[]): boolean {
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
  const windows = process.platform === 'win32';
  const path = join(root, 'node_modules', '.bin', windows ? `${name}.cmd` : name);
  const { status, signal, error } = spawnSync(path, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], shell: windows });
  if (signal !== null || error !== undefined) console.log(`${name} did not come to its end: ${error?.message ?? signal}`);
  return status === 0;
}

function stage(name: string, work: () => Omit<Outcome, 'stage' | 'seconds'>): Outcome {
  console.log(`\n── ${name}`);
  const start = performance.now();
  const outcome = work();
  return { stage: name, ...outcome, seconds: (performance.now() - start) / 1000 };
}

function one(ok: boolean) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Counts from a runner's JSON report. A run that failed without saying how, or that ran nothing, is one failure. */
function counted(ok: boolean, path: string, read: (json: unknown) => Omit<Outcome, 'stage' | 'seconds'>) {
  if (!existsSync(path)) return one(false);
  const counts = read(JSON.parse(readFileSync(path, 'utf8')));
  const silent = (!ok && counts.failed === 0) || counts.passed + counts.failed === 0;
  return silent ? { ...counts, failed: 1 } : counts;
}

function units() {
  const path = join(cache, 'units.json');
  rmSync(path, { force: true });
  const ok = runBinary('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${path}`]);
  return counted(ok, path, (json) => {
    const report = unitsReport.parse(json);
    const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    return { passed: report.numPassedTests, failed: report.numFailedTests + broken, skipped: report.numPendingTests };
  });
}

function e2e() {
  const path = join(cache, 'e2e.json');
  rmSync(path, { force: true });
  const ok = runBinary('playwright', ['test']);
  return counted(ok, path, (json) => {
    const { stats, errors } = e2eReport.parse(json);
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
  });
}

mkdirSync(cache, { recursive: true });
console.log(`Chromium: ${ensureChromium()}`);
const outcomes = [
  stage('types', () => one(runBinary('tsc', ['--noEmit']))),
  stage('lint', () => one(runBinary('biome', ['check']))),
  stage('units', units),
  stage('build', () => one(runBinary('vite', ['build', '--logLevel', 'warn']))),
  stage('e2e', e2e),
];

console.log('');
for (const { stage: name, passed, failed, skipped, seconds } of outcomes) {
  const tail = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${name.padEnd(6)} ${failed === 0 ? 'ok  ' : 'FAIL'} ${passed} of ${passed + failed}${tail} in ${seconds.toFixed(0)} s`);
}
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((all, outcome) => all + outcome[key], 0);
process.exitCode = sum('failed') === 0 ? 0 : 1;
console.log(`${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
