import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';

let compiled: Promise<WebAssembly.Module> | undefined;

/** The runtime's wasm (14 MB), fetched from our own origin and compiled once for all workers of this process. */
export function compiledRuntime(): Promise<WebAssembly.Module> {
  compiled ??= compile().catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(wasmUrl, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`ONNX Runtime's wasm: ${response.status} ${response.statusText} (${wasmUrl})`);
  // Some static hosts don't know the type that streaming compilation insists on.
  return response.headers.get('content-type')?.startsWith('application/wasm') === true
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * Runs `load`, in which the runtime instantiates its wasm, with a module that is compiled already. The runtime has no option for
 * that, only `wasmBinary`: bytes that every worker would compile anew. It hands them to `WebAssembly.instantiate`, so that answers
 * with the module meanwhile; the bytes can be anything.
 */
export async function instantiatingFrom<T>(module: WebAssembly.Module, load: () => Promise<T>): Promise<T> {
  const { instantiate } = WebAssembly;
  const fromModule = async (_bytes: BufferSource, imports?: WebAssembly.Imports) => ({
    module,
    instance: await instantiate(module, imports),
  });
  WebAssembly.instantiate = fromModule as typeof instantiate;
  try {
    return await load();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
