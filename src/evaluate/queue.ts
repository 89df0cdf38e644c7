/** Runs whole jobs in the order they were asked for; a job that is still waiting leaves the queue as soon as its signal aborts. */
export class JobQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let started = false;
    const begun = this.#tail.then(() => {
      started = true;
      signal?.throwIfAborted();
      return job();
    });
    this.#tail = begun.catch(() => undefined);
    if (signal === undefined) return begun;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        if (!started) reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      begun.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }
}
