import type { Preprocessing } from '../data/index.ts';
import type { Provider } from '../evaluate/index.ts';
import type { Facts, LabEvent, SetRole } from '../results/index.ts';

/** A file handed to the lab. What it is (checkpoint, external data, set, preprocessing) is told by its name and first bytes. */
export interface LabFile {
  /** Path as the person knows it, with the folder where one was dropped. */
  readonly path: string;
  readonly blob: Blob;
  /** What the kit's manifest or a command-line option says of it. */
  readonly as?: 'checkpoint' | 'base' | SetRole;
  /** Name of a set. */
  readonly name?: string;
  readonly note?: string;
  readonly hyperparameters?: Readonly<Record<string, string | number | boolean>>;
  readonly classNames?: readonly string[];
  readonly preprocessing?: Preprocessing;
}

export interface LabOptions {
  readonly provider: 'auto' | Provider;
  /** Memory budget for weights, soups and staging together. */
  readonly memoryBytes: number;
  /** Seed for every choice that is random (a split of one set into select and report). */
  readonly seed: number;
  readonly workers?: number;
  /** Stream checkpoints through the GPU even where they would fit, to leave its memory to others. Default false. */
  readonly streamed?: boolean;
  /** Keep results in IndexedDB and use those kept. */
  readonly cache: boolean;
}

/** Which soups are wanted. `name` and `options` as a recipe defines them. */
export interface SoupRequest {
  readonly recipe: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Row id to (re)use; a new one otherwise. */
  readonly row?: string;
  /** Name of the row on the page. */
  readonly name?: string;
}

export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/**
 * The engine's door for the page. One module worker owns the GPUDevice, every weight buffer and the ORT sessions behind it.
 * Commands return when accepted or done; what happens arrives as events, in order, through the callback given to `connect`.
 */
export interface Engine {
  connect(onEvent: (event: LabEvent) => void, options: LabOptions): Promise<void>;
  /** Reads, compares and adds files; resolves when all were looked at. Problems are events, never rejections. */
  add(files: readonly LabFile[]): Promise<void>;
  /** Forgets every file, row and set (kept results stay in IndexedDB). `kit` says what is shown next. */
  reset(kit?: Facts['kit']): Promise<void>;
  removeCheckpoint(id: string): Promise<void>;
  /** Ingredient or left out of every recipe; kept in the table either way. */
  setStanding(id: string, standing: 'ingredient' | 'base' | 'excluded'): Promise<void>;
  removeSet(id: string): Promise<void>;
  setRole(id: string, role: SetRole): Promise<void>;
  setPreprocessing(id: string, preprocessing: Preprocessing): Promise<void>;
  /**
   * Scores what is there and cooks what is asked for: every ingredient on select, the soups, then the report sets, most wanted
   * first. Resolves when done or cancelled. A second call replaces the first run's wishes and goes on from what is known.
   */
  run(requests: readonly SoupRequest[]): Promise<'done' | 'cancelled' | 'failed'>;
  /** Cooks one soup by hand and scores it ahead of everything else; a newer call for the same row overtakes an older one. */
  cookNow(request: SoupRequest): Promise<'done' | 'cancelled' | 'failed'>;
  /** Between batches; resolves when the engine is idle. Results so far stay. */
  cancel(): Promise<void>;
  forceProvider(provider: 'auto' | Provider): Promise<void>;
  /** The soup as ONNX: `soup.onnx`, and external data files where the template has them. */
  exportSoup(row: string): Promise<readonly ExportedFile[]>;
  /** Opens an exported soup as an ordinary model in a fresh session and scores it on a set; for verification. */
  verifyExport(row: string, set: string): Promise<{ readonly correct: number; readonly n: number; readonly maxLogitDifference: number }>;
  /** Destroys the GPU device as a driver crash would; the engine recovers. For tests. */
  loseDevice(): Promise<void>;
}
