import { finishDataset } from './digest.ts';
import { openPixelWriter } from './pixels.ts';
import type { Dataset, Preprocessing } from './types.ts';

/**
 * Array pictures brought to the model's size, as image files are when they are decoded: for a set of 32 × 32 pixels and a model
 * of 224. Returns the set as it is where nothing has to be done (tensors, the right size, `resize: 'none'`).
 */
export async function resizeDataset(dataset: Dataset, preprocessing: Preprocessing): Promise<Dataset> {
  const [height, width, channels] = dataset.itemDims;
  const fits = height === preprocessing.height && width === preprocessing.width && channels === preprocessing.channels;
  if (dataset.kind === 'tensor' || preprocessing.resize === 'none' || fits || !height || !width || !channels) return dataset;
  const writer = openPixelWriter(preprocessing);
  const size = preprocessing.width * preprocessing.height * preprocessing.channels;
  const values = new Uint8Array(dataset.n * size);
  const picture = new ImageData(width, height);
  for (let example = 0; example < dataset.n; example++) {
    const start = example * width * height * channels;
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let colour = 0; colour < 3; colour++) {
        picture.data[pixel * 4 + colour] = dataset.values[start + pixel * channels + (channels === 1 ? 0 : colour)] as number;
      }
      picture.data[pixel * 4 + 3] = 255;
    }
    const bitmap = await createImageBitmap(picture, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    writer.write(bitmap, dataset.name, values, example * size);
    bitmap.close();
  }
  const { sha256: _stored, ...rest } = dataset;
  return finishDataset({ ...rest, values, itemDims: [preprocessing.height, preprocessing.width, preprocessing.channels] });
}
