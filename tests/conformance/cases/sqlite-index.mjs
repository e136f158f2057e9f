/** Every case of SQLite, marked as its own. */
import cache from './sqlite-cache.mjs';
import limits from './sqlite-limits.mjs';
import parameters from './sqlite-parameters.mjs';
import prepared from './sqlite-prepared.mjs';
import rows from './sqlite-rows.mjs';
import transactions from './sqlite-transactions.mjs';
import values from './sqlite-values.mjs';

export const SQLITE = [...values, ...parameters, ...rows, ...transactions, ...prepared, ...cache, ...limits].map((c) => ({ ...c, service: 'sqlite' }));
