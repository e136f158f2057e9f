/** Every case of SQLite, marked as its own. */
import parameters from './sqlite-parameters.mjs';
import prepared from './sqlite-prepared.mjs';
import rows from './sqlite-rows.mjs';
import transactions from './sqlite-transactions.mjs';
import values from './sqlite-values.mjs';

export const SQLITE = [...values, ...parameters, ...rows, ...transactions, ...prepared].map((c) => ({ ...c, service: 'sqlite' }));
