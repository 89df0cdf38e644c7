import { ProblemError } from '../problem/index.ts';
import type { Fuse } from './fuse.ts';
import type { IngredientSource, KitchenOptions, TensorSpec } from './types.ts';

/** What one call of the kitchen may be stopped by, and where it tells how far it is. */
export class Errand {
  readonly signal: AbortSignal;
  readonly #fuse: Fuse;
  readonly #stop = new AbortController();
  readonly #options: KitchenOptions;
  readonly #bytesTotal: number;
  readonly #account: JsAccount;
  #bytesDone = 0;

  constructor(fuse: Fuse, account: JsAccount, options: KitchenOptions | undefined, bytesTotal: number) {
    this.#fuse = fuse;
    this.#account = account;
    this.#options = options ?? {};
    this.#bytesTotal = bytesTotal;
    const { signal } = this.#options;
    this.signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    fuse.check(this.signal);
  }

  race<T>(promise: Promise<T>): Promise<T> {
    return this.#fuse.race(promise, this.signal);
  }

  check(): void {
    this.#fuse.check(this.signal);
  }

  progress(bytes: number): void {
    this.#bytesDone += bytes;
    this.#options.onProgress?.({ bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal });
  }

  /** Reads through the ingredient's reader. The bytes count as held by JS until `consume` has returned. */
  async read(
    source: IngredientSource,
    spec: TensorSpec,
    byteOffset: number,
    byteLength: number,
    consume: (bytes: Uint8Array<ArrayBuffer>) => void,
  ): Promise<void> {
    const reading = this.#account.during(byteLength, () => readExactly(source, spec, byteOffset, byteLength));
    const held = await this.race(reading);
    try {
      consume(held.bytes);
    } finally {
      held.release();
    }
    this.progress(byteLength);
  }

  /**
   * Works through `items` in `lanes` at once; each lane takes the next item when it is done with one. The first failure stops
   * all lanes at their next await, and is what this rejects with.
   */
  async inLanes<Item, Lane>(
    items: readonly Item[],
    lanes: readonly Lane[],
    work: (item: Item, lane: Lane) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let failure: { readonly error: unknown } | undefined;
    await Promise.all(
      lanes.map(async (lane) => {
        try {
          for (let item = items[next++]; item !== undefined && failure === undefined; item = items[next++]) {
            this.check();
            await work(item, lane);
          }
        } catch (error) {
          failure ??= { error };
          this.#stop.abort(error);
        }
      }),
    );
    if (failure !== undefined) throw failure.error;
  }
}

/** Bytes of files that JS holds between a read and its upload. */
export class JsAccount {
  #bytes = 0;
  peak = 0;

  /** Counts `bytes` from now until `release`, or until the read fails. */
  async during(
    bytes: number,
    read: () => Promise<Uint8Array<ArrayBuffer>>,
  ): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; release(): void }> {
    this.#bytes += bytes;
    this.peak = Math.max(this.peak, this.#bytes);
    const release = () => {
      this.#bytes -= bytes;
    };
    try {
      return { bytes: await read(), release };
    } catch (error) {
      release();
      throw error;
    }
  }
}

async function readExactly(
  source: IngredientSource,
  spec: TensorSpec,
  byteOffset: number,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await source.read(spec, byteOffset, byteLength);
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError(
      {
        kind: 'read-failed',
        file: source.name,
        initializer: spec.name,
        text: `${source.name}: initializer "${spec.name}" could not be read at byte ${byteOffset} (${cause instanceof Error ? cause.message : String(cause)}).`,
        remedy: 'The file was moved, changed or deleted since it was dropped; drop it again.',
      },
      { cause },
    );
  }
  if (bytes.byteLength !== byteLength) {
    throw new ProblemError({
      kind: 'truncated',
      file: source.name,
      initializer: spec.name,
      expected: `${byteLength} bytes`,
      found: `${bytes.byteLength} bytes`,
      text: `${source.name}: initializer "${spec.name}" gave ${bytes.byteLength} bytes at byte ${byteOffset}, expected ${byteLength}.`,
      remedy: 'The file is shorter than its own index says; fetch it again.',
    });
  }
  return bytes;
}

/** Queues bytes for a buffer whose size is a multiple of 16; a last group of 16 bytes that is not full is filled up with zeros. */
export function upload(device: GPUDevice, buffer: GPUBuffer, offset: number, bytes: Uint8Array<ArrayBuffer>): void {
  const whole = bytes.byteLength & ~15;
  if (whole > 0) device.queue.writeBuffer(buffer, offset, bytes, 0, whole);
  if (whole < bytes.byteLength) {
    const last = new Uint8Array(16);
    last.set(bytes.subarray(whole));
    device.queue.writeBuffer(buffer, offset + whole, last);
  }
}
