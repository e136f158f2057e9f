/** Every case of SQLite, marked as its own. */
import analysis from './sqlite-analysis.mjs';
import bytes from './sqlite-bytes.mjs';
import cache from './sqlite-cache.mjs';
import changes from './sqlite-changes.mjs';
import functions from './sqlite-functions.mjs';
import lifecycle from './sqlite-lifecycle.mjs';
import limits from './sqlite-limits.mjs';
import parameters from './sqlite-parameters.mjs';
import prepared from './sqlite-prepared.mjs';
import rows from './sqlite-rows.mjs';
import transactions from './sqlite-transactions.mjs';
import values from './sqlite-values.mjs';
import vectors from './sqlite-vectors.mjs';

export const SQLITE = [...values, ...parameters, ...rows, ...transactions, ...prepared, ...cache, ...limits, ...functions, ...changes, ...lifecycle, ...vectors, ...analysis, ...bytes].map((c) => ({ ...c, service: 'sqlite' }));
