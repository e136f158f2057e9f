/** Every case of SQLite, marked as its own. */
import parameters from './sqlite-parameters.mjs';
import rows from './sqlite-rows.mjs';
import values from './sqlite-values.mjs';

export const SQLITE = [...values, ...parameters, ...rows].map((c) => ({ ...c, service: 'sqlite' }));
