import { refuse } from './limits.ts';
import type { Preprocessing } from './types.ts';

/** Draws pictures to the model's size and reads their pixels. One for a whole set: it reuses its canvas. */
export interface PixelWriter {
  /** Writes height × width × channels bytes at `at`. Throws `dataset-shape` for another size where nothing may be resized. */
  write(picture: ImageBitmap, file: string, out: Uint8Array, at: number): void;
}

/** Pictures are resized by the browser's own smoothing; exact parity with torchvision's filters is not claimed. */
export function openPixelWriter(preprocessing: Preprocessing): PixelWriter {
  const { width, height, channels, resize, resizeTo } = preprocessing;
  const canvas = new OffscreenCanvas(width, height);
  // A canvas that is read after every picture belongs in main memory, where it is also the same on every machine.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d context for an OffscreenCanvas');
  context.imageSmoothingQuality = 'high';
  return {
    write(picture, file, out, at) {
      if (resize === 'none' && (picture.width !== width || picture.height !== height)) {
        refuse(
          'dataset-shape',
          file,
          `is ${picture.width} × ${picture.height} pixels, the preprocessing expects ${width} × ${height} and resizes nothing`,
          'Choose a way to resize, or give pictures of that size.',
          { expected: `${width} × ${height}`, found: `${picture.width} × ${picture.height}` },
        );
      }
      const drawn = drawnSize(picture, preprocessing, resizeTo);
      // torchvision's CenterCrop: the half-pixel goes left and up, by rounding to even as Python does.
      const left = -roundToEven((drawn.width - width) / 2);
      const top = -roundToEven((drawn.height - height) / 2);
      context.clearRect(0, 0, width, height);
      context.imageSmoothingEnabled = drawn.width !== picture.width || drawn.height !== picture.height;
      context.drawImage(picture, left, top, drawn.width, drawn.height);
      copyPixels(context.getImageData(0, 0, width, height).data, channels, out, at);
    },
  };
}

function drawnSize(
  picture: ImageBitmap,
  { width, height, resize }: Preprocessing,
  resizeTo: number | undefined,
): { readonly width: number; readonly height: number } {
  if (resize !== 'shortest-edge') return { width, height };
  const shortest = resizeTo ?? Math.min(width, height);
  // torchvision's Resize(int): the longer edge is truncated.
  return picture.width <= picture.height
    ? { width: shortest, height: Math.trunc((shortest * picture.height) / picture.width) }
    : { width: Math.trunc((shortest * picture.width) / picture.height), height: shortest };
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function copyPixels(rgba: Uint8ClampedArray, channels: 1 | 3, out: Uint8Array, at: number): void {
  let to = at;
  for (let from = 0; from < rgba.length; from += 4) {
    // Inside: four bytes a pixel.
    const red = rgba[from] as number;
    const green = rgba[from + 1] as number;
    const blue = rgba[from + 2] as number;
    if (channels === 1) {
      // ITU-R 601 luma in 16-bit fixed point, as Pillow's convert('L'): exact for grey pictures.
      out[to++] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    } else {
      out[to++] = red;
      out[to++] = green;
      out[to++] = blue;
    }
  }
}
