/** SQLite's result codes as errors of this package: a stable code for programs, and a message that says what to do. */
import type { ErrorCode, ServiceError } from '../../errors.js';
import { sqliteServiceError, timedOut } from './errors.js';

/** Primary result codes, by number. */
export const SQLITE = {
  ERROR: 1, INTERNAL: 2, PERM: 3, ABORT: 4, BUSY: 5, LOCKED: 6, NOMEM: 7, READONLY: 8, INTERRUPT: 9, IOERR: 10, CORRUPT: 11, NOTFOUND: 12, FULL: 13,
  CANTOPEN: 14, PROTOCOL: 15, EMPTY: 16, SCHEMA: 17, TOOBIG: 18, CONSTRAINT: 19, MISMATCH: 20, MISUSE: 21, NOLFS: 22, AUTH: 23, FORMAT: 24, RANGE: 25, NOTADB: 26,
} as const;

/** What `detail` of a failing statement holds. */
export interface SqliteErrorDetail {
  /** Primary result code: 19 for any constraint. */
  code: number;
  /** As SQLite's own list has it: 2067 is SQLITE_CONSTRAINT_UNIQUE. The primary code where the engine does not tell. */
  extendedCode: number;
  /** Where in the SQL, in UTF-16 units, where SQLite says it. */
  offset?: number;
  sql?: string;
  /** Which row of `executeMany`, from 0. */
  row?: number;
}

/** What an engine knows of a failure. */
export interface SqliteFailure {
  /** Primary or extended. */
  code: number;
  /** sqlite3_errmsg. */
  message: string;
  sql?: string;
  offset?: number;
  row?: number;
  cause?: unknown;
}

const NOMEM_IN_IO = 3082; // SQLITE_IOERR_NOMEM

interface Meaning { code: ErrorCode; cure: string }

/** What a build of SQLite has not, and what this package leaves out of all. */
const LEFT_OUT = /^no such module: |^no such function: (?:load_extension$|vec_distance_)/;

const PLAIN: Meaning = { code: 'SQL', cure: '' };
const MEANINGS: Readonly<Record<number, Meaning>> = {
  [SQLITE.PERM]: { code: 'READONLY', cure: 'the storage grants no writing: check its permissions' },
  [SQLITE.ABORT]: { code: 'SQL', cure: 'a rollback ended the statement: run it again' },
  [SQLITE.BUSY]: { code: 'BUSY', cure: 'something else holds the database, or a result is still being read: end that, then try again' },
  [SQLITE.LOCKED]: { code: 'BUSY', cure: 'a result of this table is still being read (a stream or an iterator): end it, then try again' },
  [SQLITE.NOMEM]: { code: 'OUT_OF_MEMORY', cure: 'read less at once (LIMIT, stream), or give memory back with dispose()' },
  [SQLITE.READONLY]: { code: 'READONLY', cure: 'open it without `readonly`, and check the permissions of the storage' },
  [SQLITE.IOERR]: { code: 'STORAGE_IO', cure: 'the storage failed; what was committed before stands. See `cause`, then try again' },
  [SQLITE.CORRUPT]: { code: 'CORRUPT', cure: 'the file is damaged: restore a good copy; PRAGMA integrity_check says what is broken' },
  [SQLITE.FULL]: { code: 'QUOTA', cure: 'the storage is full: free space, delete rows and VACUUM' },
  [SQLITE.CANTOPEN]: { code: 'STORAGE_IO', cure: 'the file can not be opened: check that its directory exists and may be written' },
  [SQLITE.PROTOCOL]: { code: 'BUSY', cure: 'the locks of the database are contended: try again' },
  [SQLITE.TOOBIG]: { code: 'TOO_LARGE', cure: 'a string or blob is beyond the limit: store it in pieces' },
  [SQLITE.CONSTRAINT]: { code: 'SQL', cure: 'the statement was undone and changed nothing' },
  [SQLITE.MISMATCH]: { code: 'SQL', cure: 'the value has a type that the column refuses' },
  [SQLITE.AUTH]: { code: 'UNSUPPORTED', cure: 'ATTACH, load_extension and pragmas that can damage a database are refused here' },
  [SQLITE.RANGE]: { code: 'INVALID_ARGUMENT', cure: 'give one value for each parameter of the statement' },
  [SQLITE.NOTADB]: { code: 'CORRUPT', cure: 'these bytes are no SQLite database: check the file, or restore a good copy' },
};

/**
 * SQLite's failure as a ServiceError.
 *
 * INTERRUPT becomes TIMEOUT here; an engine that was cancelled throws `aborted()` itself, since SQLite does not know why.
 * @example throw fromSqlite({ code: 2067, message: 'UNIQUE constraint failed: t.a', sql });
 */
export function fromSqlite(failure: SqliteFailure): ServiceError {
  const { code: extendedCode, message, sql, offset, row, cause } = failure;
  const code = extendedCode & 0xff;
  if (code === SQLITE.INTERRUPT) return timedOut(sql);
  const meaning = extendedCode === NOMEM_IN_IO ? MEANINGS[SQLITE.NOMEM]! : LEFT_OUT.test(message) ? { code: 'UNSUPPORTED' as const, cure: cureOf(message) } : MEANINGS[code] ?? PLAIN;
  const detail: SqliteErrorDetail = {
    code, extendedCode, ...(offset !== undefined && offset >= 0 && { offset }), ...(sql !== undefined && { sql }), ...(row !== undefined && { row }),
  };
  const cure = meaning.cure || cureOf(message);
  const where = sql === undefined ? '' : ` [${snippet(sql, detail.offset)}]`;
  return sqliteServiceError(meaning.code, `${message}${cure && `: ${cure}`}${where}`, { detail, ...(cause !== undefined && { cause }) });
}

/** SQLITE_ERROR is a word for many things; these are the ones that users meet. */
function cureOf(message: string): string {
  if (message.startsWith('no such table')) return 'create it, or check the spelling (SELECT name FROM sqlite_schema lists what there is)';
  if (message.startsWith('no such column')) return "check the spelling; a text value needs single quotes, or better a parameter";
  if (message === 'no such function: load_extension') return 'no native code is loaded into this database';
  if (message.startsWith('no such function')) return 'make it with createFunction, or check the spelling';
  if (message.startsWith('no such module')) return 'this engine was built without it; `info.engine` says which engine answers';
  if (message.includes('syntax error') || message === 'incomplete input') return 'correct the SQL';
  return '';
}

/** A short piece of the SQL, around the place of the error where that is known. */
function snippet(sql: string, offset: number | undefined): string {
  const from = Math.max(0, (offset ?? 0) - 30);
  const piece = sql.slice(from, from + 80).replace(/\s+/g, ' ').trim();
  return `${from > 0 ? '…' : ''}${piece}${from + 80 < sql.length ? '…' : ''}`;
}
