/** What a server runtime (Node, Bun, Deno) lends to the cases: temporary directories and fixtures from disk. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function processHost(name) {
  const directories = [];
  return {
    name,
    runtime: name.startsWith('node') ? 'node' : name,
    page: false,
    isolated: true,
    disableWasm: process.env.DISABLE_WASM === 'true',
    /** Threads live behind a worker and a pool of their own: loops over many collections go on in place. */
    homeOf: (nth, config, variant) => (variant === 'simd-threads' && nth >= 1 ? 'inline' : 'auto'),
    /** Configurations of every storage here that outlives the service; each call gives fresh, empty ones. */
    async durable() {
      const directory = await mkdtemp(join(tmpdir(), 'wasm-services-case-'));
      directories.push(directory);
      return [{ storage: { directory }, name: 'case' }];
    },
    /** What SQLite needs here besides: sql.js is found by its name. */
    sqlite: {},
    /** What engines of SQLite can not do. */
    unsupported: JSON.parse(readFileSync(new URL('../sqlite-unsupported.json', import.meta.url), 'utf8')),
    /** As `durable`, for SQLite. */
    async durableSQLite() {
      const directory = await mkdtemp(join(tmpdir(), 'wasm-services-case-'));
      directories.push(directory);
      return [{ storage: { file: join(directory, 'case.sqlite') } }];
    },
    /** A storage that this host does not have. */
    lacks: 'indexeddb',
    lacksSQLite: 'opfs',
    async fixture(file) { return new Uint8Array(await readFile(new URL(`../../fixtures/${file}`, import.meta.url))); },
    async end() { for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true }); },
  };
}
