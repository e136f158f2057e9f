/** Prepared statements kept by their SQL, least recently used first to go; and those that callers keep. */
import type { EngineStatement, SqlEngine } from './engine.js';
import { sqliteServiceError } from './errors.js';

/** More than an application has in its hot paths; each costs SQLite some kilobytes. */
const MOST_STATEMENTS = 128;

/** What the first word tells, so that nothing dearer is asked of every INSERT. */
export type StatementKind = 'rows' | 'begin' | 'end' | 'rollback' | 'savepoint' | 'other';

export interface Held {
  readonly sql: string;
  readonly kind: StatementKind;
  statement: EngineStatement;
  /** Of the schema that it was prepared against. */
  epoch: number;
}

const FIRST_WORD = /^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/|;)*([A-Za-z]+)/;
const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: 'rows', VALUES: 'rows', INSERT: 'rows', UPDATE: 'rows', DELETE: 'rows', REPLACE: 'rows', WITH: 'rows', EXPLAIN: 'rows',
  BEGIN: 'begin', COMMIT: 'end', END: 'end', ROLLBACK: 'rollback', SAVEPOINT: 'savepoint', RELEASE: 'savepoint',
};

export function kindOf(sql: string): StatementKind {
  const word = FIRST_WORD.exec(sql)?.[1].toUpperCase() ?? '';
  // ROLLBACK TO ends no transaction.
  return word === 'ROLLBACK' && /^[^;]*\bTO\b/i.test(sql) ? 'savepoint' : KINDS[word] ?? 'other';
}

/** By its text alone, so that a thread without an engine can tell: surely no write. */
export function surelyReads(sql: string): boolean {
  const word = FIRST_WORD.exec(sql)?.[1].toUpperCase();
  return word === 'SELECT' || word === 'VALUES' || word === 'EXPLAIN' || (word === 'WITH' && !/\b(?:INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql));
}

/** Inside a transaction of ours. @throws ServiceError INVALID_ARGUMENT. */
export function refuseControl(sql: string): void {
  const kind = kindOf(sql);
  if (kind === 'begin' || kind === 'end' || kind === 'rollback') {
    throw sqliteServiceError('INVALID_ARGUMENT', 'BEGIN, COMMIT and ROLLBACK are not for use inside a transaction of the service, which ends it by itself: throw to roll back, nest with tx.transaction()', { detail: { field: 'sql' } });
  }
}

export class Statements {
  readonly #engine: SqlEngine;
  readonly #limit: number;
  readonly #held = new Map<string, Held>();
  /** Raised when the schema, or what statements depend on besides, has changed. */
  epoch = 0;

  constructor(engine: SqlEngine, limit = MOST_STATEMENTS) {
    this.#engine = engine;
    this.#limit = limit;
  }

  /** For work that ends before anything else can run. */
  get(sql: string): Held {
    const known = this.#held.get(sql);
    if (known) {
      this.#held.delete(sql);
      this.#held.set(sql, known);
      return known;
    }
    const made = this.make(sql);
    this.#held.set(sql, made);
    if (this.#held.size > this.#limit) {
      const [oldest, { statement }] = this.#held.entries().next().value!;
      this.#held.delete(oldest);
      finalizeQuietly(statement);
    }
    return made;
  }

  /** One that belongs to the caller, who finalizes it. */
  make(sql: string): Held {
    return { sql, kind: kindOf(sql), statement: this.#engine.prepare(sql), epoch: this.epoch };
  }

  /** A statement kept over changes of the schema is prepared again. */
  renew(held: Held): EngineStatement {
    if (held.epoch !== this.epoch) {
      const { statement } = held;
      held.statement = this.#engine.prepare(held.sql);
      held.epoch = this.epoch;
      finalizeQuietly(statement);
    }
    return held.statement;
  }

  /** Takes one out of the cache, or makes one, for a cursor that lives on. `put` brings it back. */
  take(sql: string): Held {
    const known = this.#held.get(sql);
    if (!known) return this.make(sql);
    this.#held.delete(sql);
    return known;
  }

  put(held: Held): void {
    if (held.epoch === this.epoch && !this.#held.has(held.sql)) this.#held.set(held.sql, held);
    else finalizeQuietly(held.statement);
  }

  clear(): void {
    this.epoch++;
    for (const { statement } of this.#held.values()) finalizeQuietly(statement);
    this.#held.clear();
  }
}

/** A trapped instance may refuse even this; nothing depends on it. */
function finalizeQuietly(statement: EngineStatement): void {
  try { statement.finalize(); } catch { /* it goes with its instance */ }
}
