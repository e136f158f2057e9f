/** Everyone who takes part in the tasks of tasks.mjs, made once for the whole run. Who cannot start has a line that says why. */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEERS } from './engines.mjs';
import { ours } from './ours.mjs';
import { here, there } from './turns.mjs';

const hosts = fileURLToPath(new URL('../../tests/hosts/', import.meta.url));
const require = createRequire(join(hosts, 'package.json'));
const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
const PURE_JS_ROUNDS = 2; // it takes about ten times as long as everyone else

function binary(names, path) {
  for (const name of names) { try { const file = join(require.resolve(`${name}/package.json`), '..', path); if (existsSync(file)) return file; } catch { /* the next name */ } }
  throw new Error(`${names[0]} is not installed under tests/hosts`);
}
const node = () => binary([`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`], 'bin/node');
const bun = () => binary([`@oven/bun-${platform}-${process.arch}`, `@oven/bun-${platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`], 'bin/bun');

let made;
export async function everyone(api) {
  if (made) return made;
  const list = [], absent = [];
  const warn = console.warn;
  console.warn = () => {}; // sql.js says at each start that its JavaScript build is deprecated
  for (const [id, make] of Object.entries(PEERS)) {
    try { const c = await make(); list.push(here(id === 'sqlAsm' ? { ...c, rounds: PURE_JS_ROUNDS } : c)); } catch (e) { absent.push({ name: id, why: e.message }); }
  }
  console.warn = warn;
  const mine = ours(api);
  list.splice(1, 0, here(mine.awaited), here(mine.sync));
  for (const [name, start] of [['node:sqlite', () => there(node(), ['--expose-gc', '--no-warnings'], 'nodeSqlite')], ['bun:sqlite', () => there(bun(), [], 'bunSqlite')]]) {
    try { list.push(await start()); } catch (e) { absent.push({ name, why: e.message }); }
  }
  const native = list.find((c) => c.name === 'better-sqlite3');
  if (!native) throw new Error(`better-sqlite3 is what every time is a multiple of, and it did not start: ${absent.find((a) => a.name === 'betterSqlite3')?.why}`);
  return (made = { list, native, absent, info: await mine.info() });
}
export const endEveryone = () => { for (const c of made?.list ?? []) c.end?.(); made = undefined; };
