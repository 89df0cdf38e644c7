import { createServer } from 'node:http';
import sirv from 'sirv';

export interface Served {
  /** Address with a closing slash, mount included: `http://localhost:4173/`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Address to listen on. WebGPU needs a secure context, which plain http has on this machine only. */
  readonly host?: string;
  /** Path that the folder appears under, as on a static host with many projects: `/some/sub/path/`. Everything else is 404. */
  readonly mount?: string;
}

/**
 * Serves a folder of static files, with the MIME types that browsers insist on (wasm) and byte ranges. Rejects with Node's
 * error (`code: 'EADDRINUSE'`) where the port is taken.
 */
export function serve(folder: string, options: ServeOptions = {}): Promise<Served> {
  const { port = 0, host = '127.0.0.1', mount = '/' } = options;
  const files = sirv(folder, { dev: true, etag: true });
  const server = createServer((request, response) => {
    const notFound = () => {
      response.statusCode = 404;
      response.end('Not found');
    };
    const path = request.url ?? '/';
    if (!path.startsWith(mount)) return notFound();
    request.url = `/${path.slice(mount.length)}`;
    return files(request, response, notFound);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('the server has no port'));
      resolve({
        url: `http://localhost:${address.port}${mount}`,
        port: address.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
