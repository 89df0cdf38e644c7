import { ProblemError } from '../problem/index.ts';

/** Creates every GPU buffer of the room, with a label, and keeps the account that the page shows. */
export class BufferStore {
  readonly #device: GPUDevice;
  readonly #live = new Set<GPUBuffer>();
  #bytes = 0;
  #peak = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get peak(): number {
    return this.#peak;
  }

  create(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.#device.createBuffer({ label, size, usage });
    this.#live.add(buffer);
    this.#bytes += size;
    this.#peak = Math.max(this.#peak, this.#bytes);
    return buffer;
  }

  /** Destroys a buffer of this store; a second time does nothing. */
  destroy(buffer: GPUBuffer): void {
    if (!this.#live.delete(buffer)) return;
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  destroyAll(): void {
    for (const buffer of [...this.#live]) this.destroy(buffer);
  }
}

/**
 * Runs `work` inside error scopes. `work` is synchronous, so that scopes of concurrent lanes can't cross.
 * @returns its value, and `done`, which rejects with a ProblemError `memory` or an Error if the GPU refused anything in it.
 */
export function scoped<T>(device: GPUDevice, what: string, work: () => T): { readonly value: T; readonly done: Promise<void> } {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let value: T;
  try {
    value = work();
  } catch (error) {
    for (let scope = 0; scope < 2; scope++) device.popErrorScope().catch(() => undefined);
    throw error;
  }
  const memory = device.popErrorScope();
  const validation = device.popErrorScope();
  const done = Promise.all([memory, validation]).then(([outOfMemory, invalid]) => {
    if (outOfMemory !== null) throw outOfMemoryProblem(what, outOfMemory.message);
    if (invalid !== null) throw new Error(`${what}: the GPU refused: ${invalid.message}`);
  });
  // Whoever awaits `done` sees the rejection; this keeps it from being called unhandled until then.
  done.catch(() => undefined);
  return { value, done };
}

export function outOfMemoryProblem(what: string, detail: string): ProblemError {
  return new ProblemError({
    kind: 'memory',
    text: `The GPU has no memory left for ${what} (${detail}).`,
    remedy: 'Lower the memory budget, so that the soup is streamed, or leave out some checkpoints.',
  });
}
