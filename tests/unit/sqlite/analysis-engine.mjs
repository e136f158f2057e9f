/** The part of SqlEngine that the analysis uses, over sql.js; `access` tells what tables a statement reads only where a test says so. */
import initSqlJs from 'sql.js';
import { ServiceError } from '../../../js/dist/errors.js';

const sqljs = await initSqlJs();

/** An engine over an in-memory database. `writes` counts statements that were run, so that a test can show that none was. */
export function openEngine(script = '', { bytes } = {}) {
  return new TestEngine(new sqljs.Database(bytes)).load(script);
}

class TestEngine {
  name = 'sql.js';
  lacks = { fts5: 'sql.js is built without FTS5' };
  scratches = [];
  runs = [];
  closed = false;

  constructor(db) {
    this.db = db;
    this.version = db.exec('SELECT sqlite_version()')[0].values[0][0];
  }

  load(script) { if (script) this.db.exec(script); return this; }

  prepare(sql) {
    let statement;
    try {
      const each = this.db.iterateStatements(sql);
      statement = each.next().value;
      if (statement === undefined) throw new ServiceError('INVALID_ARGUMENT', 'no statement');
      const rest = each.getRemainingSQL().replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').replace(/[\s;]/g, '');
      if (rest !== '') { statement.free(); throw new ServiceError('INVALID_ARGUMENT', 'several statements'); }
    } catch (error) {
      throw error instanceof ServiceError ? error : new ServiceError('SQL', error.message ?? String(error));
    }
    return new TestStatement(this, statement, sql);
  }

  exec(sql) {
    this.runs.push(sql);
    try { this.db.exec(sql); } catch (error) { throw new ServiceError('SQL', error.message); }
  }

  createFunction(name, fn) { this.db.create_function(name, fn.length === 0 ? (_a) => fn() : fn); }

  openScratch() {
    const scratch = new TestEngine(new sqljs.Database());
    this.scratches.push(scratch);
    return scratch;
  }

  close() { this.closed = true; this.db.close(); }
}

class TestStatement {
  access = { reads: undefined, writes: undefined, schema: false, deterministic: true };

  constructor(engine, statement, sql) {
    this.engine = engine;
    this.statement = statement;
    this.sql = sql;
    const names = new Set(sql.match(/\?\d*|[:@$]\w+/g) ?? []);
    this.parameterCount = [...names].filter((n) => n !== '?').length + (sql.match(/\?(?!\d)/g) ?? []).length;
  }

  all(params) {
    if (this.parameterCount > 0) {
      if (params === undefined || (Array.isArray(params) && params.length < this.parameterCount)) throw new ServiceError('INVALID_ARGUMENT', 'too few parameters');
      this.statement.bind(params);
    }
    const rows = [];
    try {
      while (this.statement.step()) rows.push(this.statement.get(null, { useBigInt: true }));
    } catch (error) {
      throw new ServiceError('SQL', error.message);
    }
    return { count: rows.length, arrays: ({ bigint }) => (bigint ? rows : rows.map((row) => row.map((v) => (typeof v === 'bigint' ? Number(v) : v)))) };
  }

  run(params) {
    this.engine.runs.push(this.sql);
    try { this.statement.run(params ?? []); } catch (error) { throw new ServiceError('SQL', error.message); }
    return { changes: 0, lastInsertRowid: 0 };
  }

  finalize() { this.statement.free(); }
}
