import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseOptions, recipeNamed, recipes } from '../../../src/recipes/index.ts';
import { exit, Stop } from './usage.ts';

export interface SetArgument {
  readonly name: string | undefined;
  readonly path: string;
}

export interface Arguments {
  readonly help: boolean;
  readonly check: boolean;
  readonly json: boolean;
  readonly checkpoints: readonly string[];
  readonly select: SetArgument | undefined;
  readonly reports: readonly SetArgument[];
  readonly base: string | undefined;
  readonly kit: string | undefined;
  readonly recipe: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly provider: 'auto' | 'webgpu' | 'wasm';
  readonly memoryBytes: number;
  readonly seed: number;
  readonly out: string | undefined;
  readonly adapter: 'any' | 'software';
}

const wrong = (text: string) => new Stop(exit.usage, text);

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        select: { type: 'string', multiple: true },
        report: { type: 'string', multiple: true },
        base: { type: 'string' },
        kit: { type: 'string' },
        recipe: { type: 'string' },
        options: { type: 'string' },
        provider: { type: 'string' },
        'memory-mb': { type: 'string' },
        seed: { type: 'string' },
        out: { type: 'string' },
        adapter: { type: 'string' },
        json: { type: 'boolean' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (thrown) {
    throw wrong(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Reads the command line. Throws a {@link Stop} of code 2 that says what is wrong with it. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = read(argv);
  const recipe = values.recipe ?? 'greedy';
  const [select, ...more] = (values.select ?? []).map(setArgument);
  if (more.length > 0) throw wrong('--select may be given once: only one set chooses.');
  const args: Arguments = {
    help: values.help ?? false,
    check: values.check ?? false,
    json: values.json ?? false,
    checkpoints: positionals,
    select,
    reports: (values.report ?? []).map(setArgument),
    base: values.base,
    kit: values.kit,
    recipe,
    options: values.options === undefined ? {} : jsonObject(values.options),
    provider: values.provider === undefined ? 'auto' : oneOf('--provider', values.provider, ['webgpu', 'wasm']),
    memoryBytes: wholeNumber('--memory-mb', values['memory-mb'] ?? '2048', 1) * 2 ** 20,
    seed: wholeNumber('--seed', values.seed ?? '0', 0),
    out: values.out,
    adapter: oneOf('--adapter', values.adapter ?? process.env.SOUP_LAB_ADAPTER ?? 'any', ['any', 'software']),
  };
  if (args.help) return args;
  if (args.check) {
    if (positionals.length === 0 && args.kit === undefined) throw wrong('--check wants at least one checkpoint.');
    return args;
  }
  if (positionals.length === 0 && args.kit === undefined) throw wrong('Give checkpoints, or a sample kit with --kit.');
  if (args.kit === undefined && positionals.length < 2) throw wrong('A soup wants at least two checkpoints.');
  const known = recipeNamed(recipe);
  if (known === undefined) throw wrong(`--recipe is one of ${recipes.map((one) => one.name).join(', ')}, not "${recipe}".`);
  const options = parseOptions(known, args.options);
  if (!options.ok) throw wrong(`--options: ${options.problem.text}`);
  // What needs no examples to choose may be cooked for the file alone.
  const blind = !known.needs.selectSet && args.out !== undefined;
  if (select === undefined && args.kit === undefined && args.reports.length === 0 && !blind) {
    throw wrong(
      `--select is missing: recipe ${recipe} wants held-out examples${known.needs.selectSet ? '' : ' unless --out asks for the soup alone'}.`,
    );
  }
  if (select === undefined && args.kit === undefined && known.needs.selectSet && args.reports.length > 0) {
    throw wrong(`--select is missing: recipe ${recipe} chooses by accuracy, and what reports must not choose.`);
  }
  return args;
}

/** `NAME=PATH`, or a path (which may itself have an equals sign in it, where such a file exists). */
function setArgument(text: string): SetArgument {
  const at = text.indexOf('=');
  if (at <= 0 || existsSync(text) || /[\\/]/.test(text.slice(0, at))) return { name: undefined, path: text };
  return { name: text.slice(0, at), path: text.slice(at + 1) };
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw wrong(`${option} is one of ${allowed.join(', ')}, not "${value}".`);
  return found;
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) throw wrong(`${option} is a whole number of at least ${least}, not "${text}".`);
  return value;
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw wrong(`--options is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('--options is a JSON object, like {"tieRule":">"}.');
  return Object.fromEntries(Object.entries(json));
}
