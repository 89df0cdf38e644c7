import { type Facts, type LabFile, parseKit } from '../lab.ts';
import { asLabFile, type PickedFile } from './picked.ts';

type Kit = ReturnType<typeof parseKit>;

/** A kit's files in the order in which they are wanted: what chooses first, what reports after. */
export interface KitPlan {
  readonly kit: NonNullable<Facts['kit']>;
  readonly first: readonly KitEntry[];
  readonly later: readonly KitEntry[];
}

type KitEntry = Omit<LabFile, 'blob'> & { readonly file: string };

/** What a manifest says of each of its files. */
export function planKit(kit: Kit, url: string): KitPlan {
  const checkpoints = kit.checkpoints.map(
    (one): KitEntry => ({
      file: one.file,
      path: one.file,
      as: 'checkpoint',
      ...(one.note === undefined ? {} : { note: one.note }),
      ...(one.hyperparameters === undefined ? {} : { hyperparameters: one.hyperparameters }),
    }),
  );
  const base = kit.base === undefined ? [] : [{ file: kit.base, path: kit.base, as: 'base' } satisfies KitEntry];
  const sets = kit.sets.map(
    (set): KitEntry => ({
      file: set.file,
      path: set.file,
      as: set.role,
      name: set.name,
      ...(kit.preprocessing === undefined ? {} : { preprocessing: kit.preprocessing }),
      ...(kit.classes === undefined ? {} : { classNames: kit.classes }),
    }),
  );
  return {
    kit: { url, title: kit.title, about: kit.about, licence: kit.licence },
    first: [...checkpoints, ...base, ...sets.filter((set) => set.as === 'select')],
    later: sets.filter((set) => set.as !== 'select'),
  };
}

async function read(url: string): Promise<Response> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer;
}

export async function fetchKit(url: string): Promise<KitPlan> {
  const words = await (await read(url)).text();
  let json: unknown;
  try {
    json = JSON.parse(words);
  } catch (cause) {
    throw new Error(`${url} holds no kit`, { cause });
  }
  return planKit(parseKit(json), url);
}

/** Fetches the files of a plan, all at once. */
export function fetchEntries(plan: KitPlan, entries: readonly KitEntry[]): Promise<readonly LabFile[]> {
  const folder = new URL(plan.kit.url, document.baseURI);
  return Promise.all(entries.map(async ({ file, ...rest }) => ({ ...rest, blob: await (await read(new URL(file, folder).href)).blob() })));
}

/** Dropped files, told apart by a `kit.json` among them where there is one. */
export async function labFiles(picked: readonly PickedFile[]): Promise<readonly LabFile[]> {
  const manifest = picked.find(({ path }) => /(^|\/)kit\.json$/.test(path));
  if (manifest === undefined) return picked.map(asLabFile);
  const folder = manifest.path.slice(0, -'kit.json'.length);
  const plan = planKit(parseKit(JSON.parse(await manifest.file.text())), manifest.path);
  const files = [...plan.first, ...plan.later].flatMap(({ file, ...rest }): LabFile[] => {
    const found = picked.find(({ path }) => path === folder + file);
    return found === undefined ? [] : [{ ...rest, path: found.path, blob: found.file }];
  });
  const named = new Set(files.map((file) => file.path));
  // Beside the kit's own files only what could be a model or a set: not the scripts that made it, nor what was expected of it.
  const others = picked.filter(({ path }) => !named.has(path) && /\.(onnx|data|npz|gz|zip|ubyte)$/i.test(path));
  return [...files, ...others.map(asLabFile)];
}
