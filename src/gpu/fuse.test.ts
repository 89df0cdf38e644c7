import { expect, test } from 'vitest';
import { Fuse } from './fuse.ts';

const never = new Promise<never>(() => undefined);

test('waiting ends at once with device-lost, and so does whatever comes later', async () => {
  let lose: (reason: string) => void = () => undefined;
  const fuse = new Fuse(new Promise((resolve) => (lose = resolve)));
  const waiting = fuse.race(never);
  lose('pulled out');
  await expect(waiting).rejects.toMatchObject({ problem: { kind: 'device-lost' } });
  await expect(fuse.race(Promise.resolve(1))).rejects.toMatchObject({ problem: { kind: 'device-lost' } });
  expect(() => fuse.check()).toThrow('pulled out');
});

test('waiting ends with the reason of the signal', async () => {
  const stop = new AbortController();
  const waiting = new Fuse(never).race(never, stop.signal);
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(new Fuse(never).race(Promise.resolve(1), stop.signal)).rejects.toBe(reason);
});

test('values and errors pass through', async () => {
  const fuse = new Fuse(never);
  await expect(fuse.race(Promise.resolve(7))).resolves.toBe(7);
  await expect(fuse.race(Promise.reject(new Error('own')))).rejects.toThrow('own');
});
