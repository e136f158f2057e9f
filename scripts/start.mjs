#!/usr/bin/env node
// `npm start`: sets up, builds what is missing, serves the dashboard. `npm start -- --check [--sample DIR]` runs the main job
// headless and exits; `--port N` chooses the port.
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { build } from './build.mjs';
import { stop } from './lib/proc.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) stop(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);

let options;
try {
  options = parseArgs({ options: { check: { type: 'boolean' }, sample: { type: 'string' }, port: { type: 'string' }, plain: { type: 'boolean' } } }).values;
} catch (error) {
  stop(`${error.message}. Known: --check, --sample DIR, --port N, --plain (no COOP/COEP headers)`);
}

await build();
if (options.check) {
  const { check } = await import('./check.mjs');
  process.exitCode = (await check(options.sample && resolve(options.sample))) ? 0 : 1;
} else {
  const { serve } = await import('./serve.mjs');
  const { url } = await serve({ port: Number(options.port ?? process.env.PORT ?? 8080), isolated: !options.plain });
  console.log(`\nDashboard: ${url}   (Ctrl+C ends it)\n`);
}
