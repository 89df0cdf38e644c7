import { fillBatch, itemElements } from './batch.ts';
import type { PreparedSet } from './types.ts';

/**
 * Pictures of what the model sees, as RGBA of preprocessing.width × height: the very numbers of `fillBatch`, with normalisation
 * undone and clipped to 0 … 255. A wrong layout or channel order shows. None for tensors, which have no picture.
 */
export function preview(set: PreparedSet, indices: Uint32Array): readonly Uint8ClampedArray<ArrayBuffer>[] {
  const { preprocessing } = set;
  if (!preprocessing) return [];
  const { channels, layout, mean, std, scale } = preprocessing;
  const elements = itemElements(set);
  const pixels = elements / channels;
  const input = new Float32Array(elements);
  return Array.from(indices, (_, at) => {
    fillBatch(set, indices, at, 1, input);
    const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let colour = 0; colour < 3; colour++) {
        const channel = channels === 1 ? 0 : colour;
        const value = input[layout === 'NCHW' ? channel * pixels + pixel : pixel * channels + channel] as number;
        // Uint8ClampedArray rounds and clips.
        rgba[pixel * 4 + colour] = (value * (std[channel] ?? std[0] ?? 1) + (mean[channel] ?? mean[0] ?? 0)) / scale;
      }
    }
    return rgba;
  });
}
