import type { Problem } from '../problem/index.ts';
import { shapeText } from './npy.ts';
import type { Dataset, Preprocessing } from './types.ts';

/** Statistics of ImageNet's training pictures, as torchvision and timm use them by default. */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
/** From this size on a colour model is taken for one that was trained on ImageNet first. */
const imagenetFrom = 64;

/**
 * Preprocessing guessed from the dims of the model's input, and from the pictures where the model leaves a size open. Pixels are
 * scaled to 0 … 1; colour models of 64 pixels or more get ImageNet's mean and deviation. Array pictures are never resized; image
 * files are stretched for small models, and scaled and centre-cropped (256 → 224, in proportion) for large ones.
 * Returns the problem `preprocessing` where the dims don't say enough.
 */
export function guessPreprocessing(
  inputDims: readonly (number | string)[],
  dataset: Dataset | undefined,
): { readonly preprocessing: Preprocessing; readonly source: 'guessed' } | Problem {
  const stored = dataset?.kind === 'pixels' ? dataset.itemDims : undefined;
  const layout = layoutOf(inputDims, stored);
  if (!layout) return unclear(inputDims);
  const height = sizeOf(layout.height, stored?.[0]);
  const width = sizeOf(layout.width, stored?.[1]);
  const channels = sizeOf(layout.channels, stored?.[2]);
  if (height === undefined || width === undefined || (channels !== 1 && channels !== 3)) return unclear(inputDims);
  if (dataset?.decodedBy) return { preprocessing: dataset.decodedBy, source: 'guessed' };
  const large = channels === 3 && Math.min(width, height) >= imagenetFrom;
  const resize = stored ? ({ resize: 'none' } as const) : large ? cropped(width, height) : ({ resize: 'exact' } as const);
  return {
    source: 'guessed',
    preprocessing: {
      width,
      height,
      channels,
      layout: layout.name,
      scale: 1 / 255,
      mean: large ? imagenet.mean : Array.from({ length: channels }, () => 0),
      std: large ? imagenet.std : Array.from({ length: channels }, () => 1),
      ...resize,
    },
  };
}

type Dim = number | string | undefined;

function layoutOf(
  dims: readonly (number | string)[],
  stored: readonly number[] | undefined,
): { readonly name: Preprocessing['layout']; readonly height: Dim; readonly width: Dim; readonly channels: Dim } | undefined {
  const [, a, b, c] = dims;
  if (dims.length === 4) {
    const last = (c === 1 || c === 3) && a !== 1 && a !== 3;
    return last ? { name: 'NHWC', height: a, width: b, channels: c } : { name: 'NCHW', channels: a, height: b, width: c };
  }
  if (dims.length === 3) return { name: 'NCHW', channels: 1, height: a, width: b };
  // A flat input takes any picture of as many pixels.
  const flat = dims.length === 2 && stored?.[2] === 1 && (typeof a !== 'number' || a === (stored[0] ?? 0) * (stored[1] ?? 0));
  return flat ? { name: 'NCHW', channels: 1, height: stored?.[0], width: stored?.[1] } : undefined;
}

function sizeOf(dim: Dim, stored: number | undefined): number | undefined {
  return typeof dim === 'number' && dim > 0 ? dim : stored;
}

function cropped(width: number, height: number): Pick<Preprocessing, 'resize' | 'resizeTo'> {
  return { resize: 'shortest-edge', resizeTo: Math.round((Math.max(width, height) * 256) / 224) };
}

function unclear(inputDims: readonly (number | string)[]): Problem {
  const found = shapeText(inputDims.map((dim) => (dim === '' ? '?' : dim)));
  return {
    kind: 'preprocessing',
    text: `The model's input has dims ${found}, which don't say the size of a picture; [N,1 or 3,height,width] expected`,
    remedy: 'Drop a preprocessor_config.json beside the checkpoints, or set the size by hand.',
    expected: '[N,1 or 3,height,width]',
    found,
  };
}
