import open from 'open';
import { dist } from './root.ts';
import { type Served, serve } from './serve.ts';

const host = process.env.HOST ?? '127.0.0.1';

function isTaken(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';
}

/** On PORT exactly where it is set; else on 4173 or the next free one. */
async function listen(): Promise<Served> {
  const wanted = process.env.PORT;
  if (wanted !== undefined && wanted !== '') return serve(dist, { port: Number(wanted), host });
  for (let port = 4173; port < 4273; port += 1) {
    try {
      return await serve(dist, { port, host });
    } catch (thrown) {
      if (!isTaken(thrown)) throw thrown;
    }
  }
  return serve(dist, { host });
}

try {
  const { url } = await listen();
  console.log(`Soup Lab is at ${url}  (Ctrl+C stops it)`);
  if (process.env.BROWSER !== 'none' && process.env.CI === undefined) {
    const browser = await open(url);
    browser.on('error', () => console.log('No browser could be opened: open the address by hand.'));
  }
} catch (thrown) {
  console.error(isTaken(thrown) ? `Port ${process.env.PORT} is taken: set PORT to another one.` : thrown);
  process.exitCode = 1;
}
