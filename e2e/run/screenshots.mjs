// `node e2e/run/screenshots.mjs`: the page in every state, width and colour scheme, into screenshots/ (not committed).
import { ensureBuilt, ensureInstalled, runTypeScript } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
await runTypeScript('e2e/run/screenshots.ts');
