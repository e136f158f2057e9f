/** Functions of users, kept so that a fresh engine gets them too. */
import type { Connection } from './connection.js';
import type { SqlEngine } from './engine.js';
import { invalid, sqliteServiceError } from './errors.js';
import { host } from '../../host/index.js';
import type { SQLAggregate, SQLFunction, SQLValue } from './types.js';

type Scalar = (...args: SQLValue[]) => SQLValue;
type Entry =
  | { name: string; fn: Scalar; options: { deterministic: boolean; arity: number } }
  | { name: string; aggregate: SQLAggregate<unknown> };

export class Functions {
  readonly #entries = new Map<string, Entry>();

  /** @throws ServiceError what the engine throws; then nothing is kept. */
  add(connection: Connection, entry: Entry): void {
    // Statements may not be open while a function they use is replaced.
    connection.refresh();
    register(connection.engine, entry);
    this.#entries.set(entry.name.toLowerCase(), entry);
  }

  registerAll(engine: SqlEngine): void {
    for (const entry of this.#entries.values()) register(engine, entry);
  }

  /** The form that crosses to a worker. @throws ServiceError INVALID_ARGUMENT where the module has no such function. */
  async importFrom({ module, export: name }: Exclude<SQLFunction, Scalar>): Promise<Scalar> {
    const url = host.resolveURL(String(module)).href;
    let exports: Record<string, unknown>;
    try {
      exports = await import(/* webpackIgnore: true */ /* @vite-ignore */ url) as Record<string, unknown>;
    } catch (error) {
      throw sqliteServiceError('INVALID_ARGUMENT', `the module ${url} could not be imported (${(error as Error).message}): give the URL of an ES module that this thread can reach`, { cause: error });
    }
    const fn = exports[name];
    if (typeof fn !== 'function') throw invalid(`the export ${JSON.stringify(name)} of ${url}`, 'a function', fn);
    return fn as Scalar;
  }
}

function register(engine: SqlEngine, entry: Entry): void {
  if ('fn' in entry) {
    if (engine.lacks.functions) throw sqliteServiceError('UNSUPPORTED', `createFunction is not possible here: ${engine.lacks.functions}`);
    engine.createFunction(entry.name, entry.fn, entry.options);
  } else {
    if (engine.lacks.aggregates) throw sqliteServiceError('UNSUPPORTED', `createAggregate is not possible here: ${engine.lacks.aggregates}`);
    engine.createAggregate(entry.name, entry.aggregate);
  }
}
