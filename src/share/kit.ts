import { z } from 'zod';
import { ProblemError } from '../problem/index.ts';
import { firstIssue, versionOf } from './explain.ts';

/** A path below the manifest: no scheme, no drive, no way up or out. */
const file = z
  .string()
  .min(1)
  .refine((path) => !/^([a-z][a-z0-9+.-]*:|\/)|\\/i.test(path) && !path.split('/').includes('..'), {
    error: 'must be a path inside the kit’s folder',
  });

const preprocessing = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  channels: z.union([z.literal(1), z.literal(3)]),
  layout: z.enum(['NCHW', 'NHWC']),
  scale: z.number().positive(),
  mean: z.array(z.number()).min(1),
  std: z.array(z.number().positive()).min(1),
  resize: z.enum(['none', 'exact', 'shortest-edge']),
  resizeTo: z.int().positive().optional(),
});

/** `kit.json`: the manifest of a sample kit. Paths are relative to it. */
export const kitSchema = z.object({
  version: z.literal(1),
  title: z.string().min(1),
  about: z.string(),
  licence: z.string(),
  checkpoints: z
    .array(
      z.object({
        file,
        note: z.string().optional(),
        hyperparameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      }),
    )
    .min(1),
  base: file.optional(),
  sets: z.array(z.object({ name: z.string().min(1), role: z.enum(['select', 'report', 'unlabelled']), file })),
  preprocessing: preprocessing.optional(),
  classes: z.array(z.string()).optional(),
});

export type Kit = z.infer<typeof kitSchema>;

/** Validates a manifest. Throws a ProblemError `usage` that names the file and the field. */
export function parseKit(json: unknown, fileName = 'kit.json'): Kit {
  const parsed = kitSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const version = versionOf(json);
  const newer = typeof version === 'number' && version > 1;
  throw new ProblemError({
    kind: 'usage',
    file: fileName,
    text: newer
      ? `${fileName}: is of version ${version}, this lab reads version 1`
      : `${fileName}: is not a kit’s manifest: ${firstIssue(parsed.error)}`,
    remedy: newer ? 'Use a newer Soup Lab.' : 'Compare it with public/samples/fashion/kit.json.',
  });
}
