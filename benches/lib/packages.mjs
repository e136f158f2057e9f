/** Packages of benches/peers, by name. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const modules = fileURLToPath(new URL('../peers/node_modules/', import.meta.url));
export const require = createRequire(join(modules, 'x.js'));
export const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version;
export const importPeer = (path) => import(pathToFileURL(join(modules, path)).href);
