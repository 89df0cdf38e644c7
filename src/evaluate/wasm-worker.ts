import { problemOf } from '../problem/index.ts';
import { messageOf } from './problems.ts';
import type { Answer, Asked } from './protocol.ts';
import { answer } from './wasmSession.ts';

// The worker only forwards; what it does is in wasmSession.ts.
const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = ({ data }: MessageEvent<Asked>) => {
  const { id, request } = data;
  answer(request).then(
    (value) => {
      const transfer = value !== undefined && 'values' in value ? [value.values.buffer] : [];
      scope.postMessage({ id, ok: true, value } satisfies Answer, transfer);
    },
    (error: unknown) => {
      const problem = problemOf(error);
      // What the runtime refuses it says in an Error; a trap, an abort or a C++ exception (a bare number) leaves the heap undefined.
      const fatal = error instanceof WebAssembly.RuntimeError || !(error instanceof Error);
      scope.postMessage({ id, ok: false, message: messageOf(error), fatal, ...(problem ? { problem } : {}) } satisfies Answer);
    },
  );
};

// A promise nobody waits for is as much a crash as an exception; only the latter reaches the pool by itself.
scope.onunhandledrejection = (event) => {
  event.preventDefault();
  scope.reportError(event.reason);
};
