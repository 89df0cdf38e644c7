/**
 * One promise mutex over every ONNX Runtime call of this JavaScript realm. Overlapping `create`, `run` or `release` hang the page or
 * corrupt the wasm stack (the asyncify build suspends inside a call), so nothing in this room calls the runtime outside it.
 */
let tail: Promise<unknown> = Promise.resolve();

export function oneAtATime<T>(call: () => Promise<T>): Promise<T> {
  const result = tail.then(call);
  tail = result.then(nothing, nothing);
  return result;
}

function nothing(): void {}
