import { fileProblem, grouped } from './problems.ts';
import type { ByteSource, TensorLocation } from './types.ts';

/**
 * The path of an external data file, in the spelling of `ByteSource.name`: `run-1/model.onnx` with location `model.onnx_data`
 * gives `run-1/model.onnx_data`. Throws a ProblemError `external-escape` where the location leaves the model's folder.
 */
export function externalPath(modelName: string, location: string, initializer: string): string {
  const segments = location.split('/').filter((segment, i) => segment !== '.' && !(segment === '' && i > 0));
  const drive = /^[a-z][a-z0-9+.-]*:/i.test(location);
  if (location === '' || segments.length === 0 || segments[0] === '' || segments.includes('..') || drive || /[\\\0]/.test(location)) {
    throw fileProblem(
      'external-escape',
      modelName,
      `initializer "${initializer}" has its data at "${location}", which is not a path inside the model's folder`,
      { initializer, expected: "a path inside the model's folder", found: location },
    );
  }
  const slash = modelName.lastIndexOf('/');
  return modelName.slice(0, slash + 1) + segments.join('/');
}

/** What TensorProto.external_data says. */
export interface ExternalEntry {
  readonly initializer: string;
  readonly location: string;
  readonly offset: string | undefined;
  readonly length: string | undefined;
}

/**
 * Finds the bytes of an external tensor among the files that were dropped with the model. Throws a ProblemError
 * `external-escape`, `external-missing`, `overrun` or `data-length`.
 */
export function locateExternal(
  model: ByteSource,
  siblings: readonly ByteSource[],
  entry: ExternalEntry,
  byteLength: number,
): TensorLocation {
  const { initializer } = entry;
  const path = externalPath(model.name, entry.location, initializer);
  const byteOffset = wholeNumber(model.name, entry, 'offset') ?? 0;
  const length = wholeNumber(model.name, entry, 'length') ?? byteLength;
  const source = findSibling(siblings, model.name, path);
  if (source === undefined) {
    throw fileProblem(
      'external-missing',
      model.name,
      `initializer "${initializer}" has its data in "${path}", which is not among the files`,
      {
        initializer,
        expected: path,
      },
    );
  }
  if (length !== byteLength) {
    throw fileProblem(
      'data-length',
      model.name,
      `initializer "${initializer}" has ${grouped(length)} bytes in "${path}", its dims ask for ${grouped(byteLength)}`,
      { initializer, expected: `${byteLength}`, found: `${length}` },
    );
  }
  if (byteOffset + length > source.size) {
    throw fileProblem(
      'overrun',
      model.name,
      `initializer "${initializer}" goes on to byte ${grouped(byteOffset + length)} of "${path}", which has ${grouped(source.size)}`,
      { initializer, expected: `${byteOffset + length}`, found: `${source.size}` },
    );
  }
  return { source, byteOffset, byteLength };
}

/**
 * The sibling at a path. Files that were dropped one by one have no folder: for a model without one, a data file is then found by
 * its last segment. A model that has a folder never takes a file from elsewhere: with several checkpoints it might be another's.
 */
function findSibling(siblings: readonly ByteSource[], modelName: string, path: string): ByteSource | undefined {
  const exact = siblings.find((sibling) => sibling.name === path);
  if (exact !== undefined || modelName.includes('/')) return exact;
  return siblings.find((sibling) => sibling.name === path.slice(path.lastIndexOf('/') + 1));
}

function wholeNumber(file: string, entry: ExternalEntry, key: 'offset' | 'length'): number | undefined {
  const text = entry[key];
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw fileProblem(
    'overrun',
    file,
    `initializer "${entry.initializer}" has external data with ${key} "${text}", which is not a number of bytes`,
    {
      initializer: entry.initializer,
      found: text,
    },
  );
}
