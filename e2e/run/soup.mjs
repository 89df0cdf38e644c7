// `npm run --silent soup -- …`: the lab without a screen.
import { ensureBuilt, ensureInstalled, runTypeScript } from './install.mjs';

await ensureInstalled();
// What only reads files needs no page.
if (!process.argv.some((argument) => ['--check', '--help', '-h'].includes(argument))) await ensureBuilt();
await runTypeScript('e2e/run/soup.ts');
