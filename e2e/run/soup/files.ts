import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, sep } from 'node:path';
import { problemOf } from '../../../src/problem/index.ts';
import { parseKit } from '../../../src/share/index.ts';
import type { DiskFile } from '../headless.ts';
import type { Arguments, SetArgument } from './arguments.ts';
import { exit, Stop } from './usage.ts';

function asPath(path: string): string {
  return path.split(sep).join(posix.sep);
}

function mustExist(path: string): string {
  if (!existsSync(path)) throw new Stop(exit.input, `${path}: there is no such file.`);
  return path;
}

/**
 * Files beside a checkpoint that may hold its external data: those named after it (`model.onnx_data`, `model.bin`), and any data
 * file of its folder, since an exporter may write one file for each tensor. The lab takes what the checkpoint asks for.
 */
export function dataFilesBeside(checkpoint: string): readonly string[] {
  const folder = dirname(checkpoint);
  const stem = basename(checkpoint).replace(/\.onnx$/i, '');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== basename(checkpoint) && !/\.(onnx|npz|json|png|md|txt|py)$/i.test(entry.name))
    .map((entry) => entry.name)
    .filter((name) => name.startsWith(stem) || /(\.|_)(data|bin|weights?)$/i.test(name))
    .map((name) => join(folder, name));
}

/** The files of one set: a folder with everything in it, IDX images with the labels that belong to them, or the one file. */
function setFiles({ name, path }: SetArgument, role: 'select' | 'report'): readonly DiskFile[] {
  mustExist(path);
  const called = name ?? basename(path).replace(/(\.(npz|zip|gz)|-ubyte|[.-]idx\d)+$/gi, '');
  const about = (file: string): DiskFile => ({ disk: file, about: { path: asPath(file), as: role, name: called } });
  if (statSync(path).isDirectory()) {
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .map((entry) => join(path, entry))
      .filter((file) => statSync(file).isFile())
      .sort()
      .map(about);
  }
  const labels = join(dirname(path), basename(path).replace('images', 'labels').replace('idx3', 'idx1'));
  return [path, ...(labels !== path && existsSync(labels) ? [labels] : [])].map(about);
}

function kitFiles(folder: string): readonly DiskFile[] {
  const manifest = mustExist(join(folder, 'kit.json'));
  try {
    const kit = parseKit(JSON.parse(readFileSync(manifest, 'utf8')), manifest);
    const at = (file: string) => mustExist(join(folder, file));
    const extras = {
      ...(kit.preprocessing === undefined ? {} : { preprocessing: kit.preprocessing }),
      ...(kit.classes === undefined ? {} : { classNames: kit.classes }),
    };
    return [
      ...kit.checkpoints.flatMap(({ file, ...said }): DiskFile[] => [
        { disk: at(file), about: { path: file, as: 'checkpoint', ...said } },
        ...dataFilesBeside(at(file)).map((data) => ({ disk: data, about: { path: asPath(join(dirname(file), basename(data))) } })),
      ]),
      ...(kit.base === undefined ? [] : [{ disk: at(kit.base), about: { path: kit.base, as: 'base' as const } }]),
      ...kit.sets.map(({ file, name, role }) => ({ disk: at(file), about: { path: file, as: role, name, ...extras } })),
    ];
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new Stop(exit.input, `${manifest}: is not JSON: ${thrown.message}`);
    const problem = problemOf(thrown);
    throw problem === undefined ? thrown : new Stop(exit.input, `${problem.text}\n${problem.remedy}`);
  }
}

/** Everything that the command line names, each file once. Throws a {@link Stop} of code 3 for a file that isn't there. */
export function collectFiles(args: Arguments): readonly DiskFile[] {
  const model = (file: string, as: 'checkpoint' | 'base'): readonly DiskFile[] => [
    { disk: mustExist(file), about: { path: asPath(file), as } },
    ...dataFilesBeside(file).map((data) => ({ disk: data, about: { path: asPath(data) } })),
  ];
  const files = [
    ...(args.kit === undefined ? [] : kitFiles(args.kit)),
    ...args.checkpoints.flatMap((file) => model(file, 'checkpoint')),
    ...(args.base === undefined ? [] : model(args.base, 'base')),
    ...(args.select === undefined ? [] : setFiles(args.select, 'select')),
    ...args.reports.flatMap((set) => setFiles(set, 'report')),
  ];
  const seen = new Set<string>();
  return files.filter(({ disk, about }) => {
    // A set that is given twice, to choose and to report, stays twice: the lab says that the two must not share examples.
    const key = `${disk}\n${about.as ?? ''}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
