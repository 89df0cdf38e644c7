import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseReport, type Report } from '../../src/share/index.ts';
import { root } from '../run/root.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the headless lab as a person would, on the software adapter that every machine has. */
export function soup(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'e2e', 'run', 'soup.mjs'), ...args], {
      cwd: root,
      env: { ...process.env, SOUP_LAB_ADAPTER: 'software' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The report that a run printed with `--json`; throws with what it said where it failed. */
export function reportOf(ran: Ran): Report {
  if (ran.code !== 0) throw new Error(`soup ended with ${ran.code}: ${ran.stderr}`);
  const report = parseReport(JSON.parse(ran.stdout));
  if ('kind' in report) throw new Error(report.text);
  return report;
}

/** Correct counts of a row of a report, by set. */
export function countsIn(row: Report['soup'] | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(row?.sets ?? {}).map(([name, { correct }]) => [name, correct]));
}
