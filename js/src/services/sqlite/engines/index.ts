/** Which SQLite answers where WebAssembly does not: the host's own, else sql.js. */
import { ServiceError } from '../../../errors.js';
import { host } from '../../../host/index.js';
import type { SqlEngine } from '../engine.js';
import { sqliteServiceError, unsupported } from '../errors.js';
import type { SqlJsSource } from '../types.js';
import * as bun from './bun.js';
import type { HostDriver } from './database.js';
import { HostEngine, type OpenHostEngine } from './host-engine.js';
import * as node from './node.js';
import { sqlJsDriver, type SqlJs } from './sqljs.js';

/** With growing memory: the plain build ends itself at 16 MB. */
const SQLJS = 'sql.js/dist/sql-asm-memory-growth.js';

export interface FallbackChoice {
  /** 'auto': the host's own where it has one. The others are for tests of each. */
  engine?: 'auto' | 'host' | 'sql.js';
  sqljs?: SqlJsSource | undefined;
}

/** Opens databases of one kind. */
export interface Fallback {
  readonly name: SqlEngine['name'];
  /** Whether it works on files itself. */
  readonly files: boolean;
  open(from?: OpenHostEngine): SqlEngine;
}

/**
 * Finds the fallback and loads it.
 * @throws ServiceError UNSUPPORTED where there is none, naming what to do.
 */
export async function loadFallback({ engine = 'auto', sqljs }: FallbackChoice = {}): Promise<Fallback> {
  const own = engine === 'sql.js' ? undefined : hostDriver();
  if (own) return { name: own.name, files: true, open: (from) => new HostEngine(own, from) };
  const driver = sqlJsDriver(await loadSqlJs(sqljs));
  return {
    name: 'sql.js', files: false,
    open(from) {
      if (from?.file !== undefined) throw unsupported("storage { file } is not possible with sql.js, which holds a database whole in memory: take a Node with node:sqlite (22.16 or newer), Bun, or the WebAssembly engine; or storage: 'memory' with deserialize() and serialize() at your own times");
      return new HostEngine(driver, { ...from });
    },
  };
}

function hostDriver(): HostDriver | undefined {
  const own = host.sqlite();
  if (own?.name === 'node:sqlite' && node.isUsable(own.module as node.NodeSqlite)) return node.nodeDriver(own.module as node.NodeSqlite);
  if (own?.name === 'bun:sqlite' && bun.isUsable(own.module as bun.BunSqlite)) return bun.bunDriver(own.module as bun.BunSqlite);
  return undefined;
}

/** Its own mathematical functions of old stand in for SQLite's unless told not to. */
const NATIVE = { useOldExtensionFunctions: false };

type Init = (config?: object) => Promise<SqlJs>;

/** An instance of its own for each service: one that ends itself takes no other with it. */
async function loadSqlJs(source: SqlJsSource | undefined): Promise<SqlJs> {
  let made: unknown;
  try {
    if (typeof source === 'function') made = await source();
    else if (source !== undefined) made = await (await importScript(host.resolveURL(String(source))))(NATIVE);
    else made = await initOf(host.requirePackage(SQLJS, import.meta.url))(NATIVE);
  } catch (error) {
    if (error instanceof ServiceError && error.code !== 'UNSUPPORTED') throw error;
    throw unsupported(`no SQLite answers here: WebAssembly does not run, this host has no SQLite of its own, and sql.js could not be loaded (${(error as Error)?.message ?? String(error)}). ${CURE}`);
  }
  if (typeof (made as Partial<SqlJs> | undefined)?.Database !== 'function') throw sqliteServiceError('INVALID_ARGUMENT', '`sqljs` must be a function that gives what initSqlJs() resolves with, or the URL of sql-asm-memory-growth.js', { detail: { field: 'sqljs' } });
  return made as SqlJs;
}

const CURE = 'On Node: npm install sql.js. In a browser: give `sqljs` in the configuration, the URL of sql.js/dist/sql-asm-memory-growth.js or a function that returns the initialised library';

function initOf(module: unknown): Init {
  const init = typeof module === 'function' ? module : (module as { default?: unknown } | undefined)?.default;
  if (typeof init !== 'function') throw unsupported('the package has no initSqlJs');
  return init as Init;
}

/**
 * Its file is a classic script that names its function and exports nothing: it is given an export (and the `module` that it
 * sets to undefined, which a module may not do out of nothing) and imported from a blob.
 */
function importScript(url: URL): Promise<Init> {
  const known = scripts.get(url.href);
  if (known) return known;
  const loading = importBlob(url);
  scripts.set(url.href, loading);
  loading.catch(() => scripts.delete(url.href));
  return loading;
}

/** Some megabytes of script: compiled once for all services of this thread. */
const scripts = new Map<string, Promise<Init>>();

async function importBlob(url: URL): Promise<Init> {
  const own = await host.readFile(url);
  let text: string;
  if (own) text = new TextDecoder().decode(own);
  else {
    const response = await fetch(url);
    if (!response.ok) throw unsupported(`${url.href} answered ${response.status}`);
    text = await response.text();
  }
  const blob = URL.createObjectURL(new Blob(['var module;\n', text, '\nexport default initSqlJs;'], { type: 'text/javascript' }));
  try {
    return initOf(await import(/* webpackIgnore: true */ /* @vite-ignore */ blob));
  } finally {
    URL.revokeObjectURL(blob);
  }
}
