import { z } from 'zod';
import type { Problem } from '../problem/index.ts';
import { firstIssue, versionOf } from './explain.ts';

export const reportVersion = 1;

const count = z.int().nonnegative();
const fraction = z.number().min(0).max(1);
const seconds = z.number().nonnegative();
const interval = z.tuple([z.number(), z.number()]).readonly();
const options = z.record(z.string(), z.unknown());
const tieRule = z.enum(['>=', '>']);

/** How a row did on one set. */
const set = z.object({
  role: z.enum(['select', 'report']),
  n: count,
  correct: count,
  top1: fraction,
  ci95: interval,
  loss: z.number(),
  /** Examples in the set, where fewer than all were scored (a cancelled run). */
  of: count.optional(),
});

/** A candidate, a soup or an ensemble: one shape. */
const row = z.object({
  name: z.string(),
  sha256: z.string().optional(),
  weight: z.number().optional(),
  recipe: z.object({ name: z.string(), options }).optional(),
  file: z.object({ name: z.string(), sha256: z.string() }).optional(),
  sets: z.record(z.string(), set),
});

const ingredient = z.object({
  name: z.string(),
  weight: z.number(),
  bytes: count,
  fingerprint: z.string(),
  sha256: z.string().optional(),
  note: z.string().optional(),
  hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const step = z.object({
  candidate: z.string(),
  accepted: z.boolean(),
  /** Null where the candidate was stopped before the last example: then only `correct` (so far) and `needed` are known. */
  accuracy: fraction.nullable(),
  correct: count,
  needed: count,
  examplesRun: count,
  examplesTotal: count,
  soup: z.array(z.string()),
});

/** Soup against the best single checkpoint on the same examples. */
const comparison = z.object({
  set: z.string(),
  role: z.enum(['select', 'report']),
  against: z.string(),
  n: count,
  fixes: count,
  breaks: count,
  difference: z.number(),
  ci95: interval,
  p: fraction,
});

const cost = z.object({
  bytesRead: count,
  forwardPasses: z.number().nonnegative(),
  examplesRun: count,
  examplesSpared: count,
  sessionsCreated: count,
  soupsCooked: count,
  seconds: z.object({ index: seconds, read: seconds, average: seconds, evaluate: seconds, total: seconds }),
  peakBytes: z.object({ js: count, wasm: count, gpu: count }),
});

/** `report.json`. Every field and its unit is described in `docs/report.md`. */
export const reportSchema = z.object({
  version: z.literal(reportVersion),
  tool: z.object({ name: z.string(), version: z.string() }),
  date: z.string().optional(),
  recipe: z.object({ name: z.string(), options, tieRule: tieRule.nullable(), seed: z.int() }),
  provider: z.enum(['webgpu', 'wasm']).nullable(),
  adapter: z.object({ description: z.string(), vendor: z.string(), architecture: z.string(), software: z.boolean() }).nullable(),
  averaging: z.enum(['webgpu', 'plain']),
  base: row.optional(),
  ingredients: z.array(ingredient),
  candidates: z.array(row),
  soup: row,
  others: z.array(row).optional(),
  ensemble: row.optional(),
  comparison: comparison.optional(),
  steps: z.array(step),
  memory: z
    .object({
      mode: z.enum(['resident', 'streamed']),
      budgetBytes: count,
      predictedPeakBytes: z.object({ js: count, wasm: count, gpu: count }),
    })
    .optional(),
  cost,
});

export type Report = z.infer<typeof reportSchema>;
export type ReportRow = z.infer<typeof row>;
export type ReportSet = z.infer<typeof set>;
export type ReportStep = z.infer<typeof step>;

/** Validates a report that was read from somewhere; a Problem says which field is wrong. */
export function parseReport(json: unknown, fileName = 'report.json'): Report | Problem {
  const parsed = reportSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const version = versionOf(json);
  const other = version !== undefined && version !== reportVersion;
  return {
    kind: 'usage',
    file: fileName,
    ...(other ? { expected: `version ${reportVersion}`, found: `version ${String(version)}` } : {}),
    text: other
      ? `${fileName}: is of version ${String(version)}, this lab reads version ${reportVersion}`
      : `${fileName}: is not a report of Soup Lab: ${firstIssue(parsed.error)}`,
    remedy: other ? 'Read it with the Soup Lab that wrote it, or a newer one.' : 'Choose a report.json that Soup Lab wrote.',
  };
}
