import { openAsBlob, statSync } from 'node:fs';
import { alignCheckpoints } from '../../../src/align/index.ts';
import { type CountingSource, countingSource, fromBlob, type ModelIndex, readModel } from '../../../src/onnx/index.ts';
import type { Problem } from '../../../src/problem/index.ts';
import type { DiskFile } from '../headless.ts';
import type { Arguments } from './arguments.ts';
import { collectFiles, dataFilesBeside } from './files.ts';
import { exit } from './usage.ts';

interface CheckedFile {
  readonly name: string;
  readonly bytes: number;
  readonly bytesRead: number;
  readonly error?: string;
  readonly problem?: Problem;
  readonly initializers: readonly {
    readonly name: string;
    readonly dataType: string;
    readonly dims: readonly number[];
    readonly byteOffset?: number;
    readonly byteLength: number;
    readonly storage: string;
    /** External data: the file that the offset counts in. */
    readonly file?: string;
  }[];
}

export interface Check {
  readonly files: readonly CheckedFile[];
  /** Names of files that are alike, group by group. */
  readonly groups: readonly (readonly string[])[];
  readonly differences: readonly Problem[];
}

/** Checkpoints on the command line, or those of a kit. A file that isn't there is an error in its place, like any other. */
function checkpointsOf(args: Arguments): readonly DiskFile[] {
  const named = args.checkpoints.map((path): DiskFile => ({ disk: path, about: { path, as: 'checkpoint' } }));
  if (args.kit === undefined) return named;
  return [
    ...collectFiles({ ...args, checkpoints: [], select: undefined, reports: [] }).filter(({ about }) => about.as === 'checkpoint'),
    ...named,
  ];
}

async function source(disk: string, name: string): Promise<CountingSource> {
  return countingSource(fromBlob(name, await openAsBlob(disk)));
}

async function checkOne({ disk, about }: DiskFile): Promise<{ readonly file: CheckedFile; readonly model?: ModelIndex }> {
  const name = about.path;
  let bytes = 0;
  try {
    bytes = statSync(disk).size;
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    const siblings = dataFilesBeside(disk).map((path) => source(path, folder + path.slice(path.lastIndexOf('/') + 1)));
    const opened = await source(disk, name);
    const read = await readModel(opened, await Promise.all(siblings));
    if (!read.ok)
      return { file: { name, bytes, bytesRead: opened.counts.bytes, error: read.problem.text, problem: read.problem, initializers: [] } };
    const { model } = read;
    const initializers = model.initializers.map(({ name: called, dataType, dims, byteLength, storage, location }) => ({
      name: called,
      dataType,
      dims,
      ...(location === undefined ? {} : { byteOffset: location.byteOffset }),
      byteLength,
      storage,
      ...(storage === 'external' && location !== undefined ? { file: location.source.name } : {}),
    }));
    return { file: { name, bytes: model.bytes, bytesRead: model.bytesRead, initializers }, model };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { file: { name, bytes, bytesRead: 0, error: why.startsWith(name) ? why : `${name}: ${why}`, initializers: [] } };
  }
}

/** Reads and compares checkpoints without cooking and without a browser. */
export async function check(args: Arguments): Promise<{ readonly check: Check; readonly code: number }> {
  const files: CheckedFile[] = [];
  const models: ModelIndex[] = [];
  for (const each of checkpointsOf(args)) {
    const { file, model } = await checkOne(each);
    files.push(file);
    if (model !== undefined) models.push(model);
  }
  const alignment = await alignCheckpoints(models);
  const groups = alignment.groups.map((group) => group.flatMap((index) => models[index]?.name ?? []));
  const together = models.length === files.length && groups.length === 1;
  return { check: { files, groups, differences: alignment.differences }, code: together ? exit.done : exit.input };
}

/** The same for people: a line a file, then what stands between them. */
export function describeCheck({ files, groups, differences }: Check): string {
  const lines = files.map(({ name, bytes, bytesRead, error, initializers }) =>
    error === undefined ? `${name}: ${initializers.length} initializers, ${bytes} bytes of which ${bytesRead} were read` : error,
  );
  const verdict =
    groups.length === 1 && files.every((file) => file.error === undefined)
      ? `All ${files.length} can be souped together.`
      : `They can't all be souped together: ${groups.map((group) => `[${group.join(', ')}]`).join(' ')}`;
  return [...lines, ...differences.map((one) => one.text), verdict].join('\n');
}
