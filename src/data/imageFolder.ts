import { classesOf } from './classFolders.ts';
import { finishDataset } from './digest.ts';
import { imageSize } from './imageSize.ts';
import { limits, refuse } from './limits.ts';
import { openPixelWriter } from './pixels.ts';
import { imageType } from './recognise.ts';
import { readBytes } from './stream.ts';
import type { DataFile, Dataset, ReadOptions } from './types.ts';
import { readZipEntry, type ZipEntry } from './zip.ts';

/** One picture: where it lies and how to get its bytes. */
interface Picture {
  readonly path: string;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Pictures that are read and decoded at the same time; decoding happens on the browser's own threads. */
const atOnce = 8;

/** Reads the images of dropped class folders. Examples come in the order of their paths. */
export function readImageFiles(files: readonly DataFile[], options: ReadOptions): Promise<Dataset> {
  const read = (file: DataFile) => {
    if (file.blob.size > limits.imageBytes) tooLarge(file.path, file.blob.size);
    return readBytes(file.blob, 0, file.blob.size, file.path);
  };
  return readPictures(
    files.map((file) => ({ path: file.path, read: () => read(file) })),
    options,
  );
}

/** Reads the images of class folders in a zip, one entry at a time. Other files in it are passed over. */
export function readImageZip(zip: DataFile, entries: readonly ZipEntry[], options: ReadOptions): Promise<Dataset> {
  const pictures = entries
    .filter(({ name }) => /\.(png|jpe?g|webp)$/i.test(name) && !name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX'))
    .map((entry) => ({ path: entry.name, read: () => readZipEntry(zip.blob, entry, zip.path, limits.imageBytes) }));
  if (pictures.length === 0) {
    return refuse(
      'not-a-dataset',
      zip.path,
      `holds ${entries.length} files, none of them an array or an image`,
      'Give an .npz with arrays x and y, or a zip of class folders with PNG, JPEG or WebP images.',
    );
  }
  return readPictures(pictures, options);
}

async function readPictures(given: readonly Picture[], options: ReadOptions): Promise<Dataset> {
  const { preprocessing, name, signal } = options;
  if (!preprocessing) {
    return refuse(
      'preprocessing',
      name,
      `has ${given.length} images, and no size to decode them to is known yet`,
      'Add a checkpoint, or a preprocessor_config.json.',
    );
  }
  // Code-unit order, the same in every locale.
  const pictures = [...given].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const { width, height, channels } = preprocessing;
  const itemBytes = width * height * channels;
  const bytes = itemBytes * pictures.length;
  if (bytes > limits.arrayBytes) {
    refuse(
      'limit',
      name,
      `${pictures.length} images of ${width} × ${height} take ${bytes} bytes, at most ${limits.arrayBytes} fit`,
      'Use fewer images.',
      {
        expected: `at most ${limits.arrayBytes}`,
        found: `${bytes}`,
      },
    );
  }
  const classes = classesOf(
    pictures.map(({ path }) => path),
    name,
    options.classNames,
  );
  const values = new Uint8Array(bytes);
  const writer = openPixelWriter(preprocessing);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < pictures.length; index = next++) {
      signal?.throwIfAborted();
      const picture = pictures[index];
      if (!picture) return;
      const bitmap = await decode(await picture.read(), picture.path);
      try {
        writer.write(bitmap, picture.path, values, index * itemBytes);
      } finally {
        bitmap.close();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, pictures.length) }, work));
  } catch (thrown) {
    next = pictures.length; // the other workers stop after the picture they have in hand
    throw thrown;
  }
  return finishDataset({
    n: pictures.length,
    kind: 'pixels',
    values,
    itemDims: [height, width, channels],
    decodedBy: preprocessing,
    name,
    ...classes,
  });
}

async function decode(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<ImageBitmap> {
  const type = imageType(bytes);
  const again = 'Replace the image or take it out of the folder.';
  if (!type) return refuse('not-a-dataset', file, 'is no PNG, JPEG or WebP image', again);
  const size = imageSize(bytes);
  if (size && size.width * size.height > limits.imagePixels) {
    refuse('limit', file, `claims ${size.width} × ${size.height} pixels, at most ${limits.imagePixels} pixels expected`, again, {
      expected: `at most ${limits.imagePixels}`,
      found: `${size.width * size.height}`,
    });
  }
  try {
    return await createImageBitmap(new Blob([bytes], { type }), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    return refuse('not-a-dataset', file, 'is damaged: it could not be decoded', again, { cause });
  }
}

function tooLarge(file: string, bytes: number): never {
  return refuse('limit', file, `has ${bytes} bytes, at most ${limits.imageBytes} expected`, 'Make the image smaller.', {
    expected: `at most ${limits.imageBytes}`,
    found: `${bytes}`,
  });
}
