import { ProblemError } from '../problem/index.ts';

/** What a lost device means for whoever waits. */
export function deviceLost(reason: string): ProblemError {
  return new ProblemError({
    kind: 'device-lost',
    text: `The GPU was lost while averaging: ${reason}.`,
    remedy:
      'The lab opens it anew and goes on from the files; if it happens again, close other tabs that use the GPU or lower the memory budget.',
  });
}

/**
 * Lets every await end at once when the device is lost or the caller gives up. Not `Promise.race` with a promise that lives as
 * long as the device: each race would keep its winner's value (a chunk of weights) alive until the device is gone.
 */
export class Fuse {
  readonly #waiting = new Set<(error: Error) => void>();
  #blown: ProblemError | undefined;

  constructor(lost: Promise<string>) {
    lost.then((reason) => {
      this.#blown = deviceLost(reason);
      for (const reject of this.#waiting) reject(this.#blown);
      this.#waiting.clear();
    });
  }

  /** @throws ProblemError `device-lost`, or the signal's reason. */
  check(signal?: AbortSignal): void {
    if (this.#blown !== undefined) throw this.#blown;
    signal?.throwIfAborted();
  }

  /** The promise's value, unless the device is lost or the signal aborts first. */
  race<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const blown = this.#blown;
      if (blown !== undefined || signal?.aborted === true) {
        promise.catch(() => undefined);
        reject(blown ?? signal?.reason);
        return;
      }
      const onLost = (error: Error) => settle(() => reject(error));
      const onAbort = () => settle(() => reject(signal?.reason));
      const settle = (then: () => void) => {
        this.#waiting.delete(onLost);
        signal?.removeEventListener('abort', onAbort);
        then();
      };
      this.#waiting.add(onLost);
      signal?.addEventListener('abort', onAbort, { once: true });
      promise.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) =>
          settle(() => {
            // A device that dies fails the calls on it too, a moment before it says so.
            reject(this.#blown ?? error);
          }),
      );
    });
  }
}
