/**
 * Runs `load` and returns the memory that the runtime made for itself, so that its size can be measured later. The runtime keeps its
 * `WebAssembly.Memory` to itself; the constructor is watched while it loads and put back afterwards.
 */
export async function watchingMemory<T>(load: () => Promise<T>): Promise<{ readonly loaded: T; readonly memory?: WebAssembly.Memory }> {
  const Original = WebAssembly.Memory;
  const made: WebAssembly.Memory[] = [];
  WebAssembly.Memory = class extends Original {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      made.push(this);
    }
  };
  try {
    const loaded = await load();
    // Zero-sized ones are only made to get at SharedArrayBuffer.
    const memory = made.find((candidate) => candidate.buffer.byteLength > 0);
    return memory === undefined ? { loaded } : { loaded, memory };
  } finally {
    WebAssembly.Memory = Original;
  }
}

/** What a runtime's heap is when it starts; it never shrinks. */
export const SMALLEST_HEAP = 16 * 1024 * 1024;
