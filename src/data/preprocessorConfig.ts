import { z } from 'zod';
import type { Problem } from '../problem/index.ts';
import type { Preprocessing } from './types.ts';

const pixels = z.int().min(1).max(16_384);
const size = z.union([
  pixels,
  z.tuple([pixels, pixels]).transform(([height, width]) => ({ height, width })),
  z.object({ height: pixels, width: pixels }),
  z.object({ shortest_edge: pixels }),
]);
const perChannel = z.union([
  z.number().transform((value) => [value]),
  z.array(z.number()).refine(({ length }) => length === 1 || length === 3, '1 or 3 numbers expected'),
]);

/** The part of Hugging Face's `preprocessor_config.json` that says how pixels become numbers. What else is in it is passed over. */
const config = z.object({
  do_resize: z.boolean().nullish(),
  size: size.nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: size.nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: perChannel.nullish(),
  image_std: perChannel.refine((values) => values.every((value) => value > 0), 'positive numbers expected').nullish(),
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
});
type Config = z.infer<typeof config>;

/**
 * Reads a `preprocessor_config.json` of an image model (transformers' image processors, old and new spellings). Defaults are
 * transformers' own: resize, rescale by 1/255 and normalise unless it says no. Returns the problem `preprocessing` where it
 * doesn't lead to pictures of one size.
 */
export function parsePreprocessorConfig(json: unknown, file = 'preprocessor_config.json'): Preprocessing | Problem {
  const parsed = config.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return wrong(file, `${issue?.path.join('.') || 'the file'} can't be used: ${issue?.message ?? 'unknown'}`);
  }
  const given = parsed.data;
  const frame = frameOf(given);
  if (typeof frame === 'string') return wrong(file, frame);
  const normalise = given.do_normalize !== false;
  if (normalise && (!given.image_mean || !given.image_std)) return wrong(file, 'it normalises, but gives no image_mean or image_std');
  const mean = normalise ? (given.image_mean ?? []) : [0, 0, 0];
  const std = normalise ? (given.image_std ?? []) : [1, 1, 1];
  if (mean.length !== std.length) return wrong(file, `image_mean has ${mean.length} numbers, image_std ${std.length}`);
  const scale = given.do_rescale === false ? 1 : (given.rescale_factor ?? 1 / 255);
  return { ...frame, channels: mean.length === 1 ? 1 : 3, layout: 'NCHW', scale, mean, std };
}

type Frame = Pick<Preprocessing, 'width' | 'height' | 'resize' | 'resizeTo'>;

/** The size of the result and the way there, or what is missing. */
function frameOf(given: Config): Frame | string {
  const target = given.size ?? undefined;
  const crop = given.do_center_crop === false ? undefined : square(given.crop_size ?? undefined);
  const resizes = given.do_resize !== false;
  if (!resizes) {
    const kept = crop ?? square(target);
    return kept ? { ...kept, resize: 'none' } : 'it gives no size';
  }
  if (target === undefined) return 'it gives no size';
  const edge = typeof target === 'object' && 'shortest_edge' in target ? target.shortest_edge : undefined;
  if (edge !== undefined && isConvNext(given)) return convNext(edge, given.crop_pct ?? 224 / 256);
  // CLIP's old spelling: a plain number beside a crop is the shortest edge; alone (ViT's) it is both sides.
  const shortest = edge ?? (typeof target === 'number' && crop ? target : undefined);
  if (shortest !== undefined) {
    if (!crop) return `it scales the shortest edge to ${shortest} and crops nothing, so pictures keep different sizes; crop_size expected`;
    return { ...crop, resize: 'shortest-edge', resizeTo: shortest };
  }
  const whole = square(target);
  if (!whole) return 'it gives no size';
  if (crop && (crop.width !== whole.width || crop.height !== whole.height)) {
    return `it stretches to ${whole.width} × ${whole.height} and then crops to ${crop.width} × ${crop.height}; one of both expected`;
  }
  return { ...whole, resize: 'exact' };
}

function square(value: number | { height: number; width: number } | { shortest_edge: number } | undefined) {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return { width: value, height: value };
  return 'shortest_edge' in value
    ? { width: value.shortest_edge, height: value.shortest_edge }
    : { width: value.width, height: value.height };
}

function isConvNext(given: Config): boolean {
  return Boolean(given.crop_pct) || /convnext/i.test(`${given.image_processor_type} ${given.feature_extractor_type}`);
}

/** transformers' ConvNextImageProcessor: below 384 scale to edge / crop_pct and crop, from 384 on stretch. */
function convNext(edge: number, cropPct: number): Frame {
  const frame = { width: edge, height: edge };
  return edge < 384 ? { ...frame, resize: 'shortest-edge', resizeTo: Math.trunc(edge / cropPct) } : { ...frame, resize: 'exact' };
}

function wrong(file: string, what: string): Problem {
  return { kind: 'preprocessing', file, text: `${file}: ${what}`, remedy: 'Set size, mean and deviation by hand, or correct the file.' };
}
