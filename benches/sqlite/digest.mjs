/** One short word for an answer, so that contenders can be compared: order counts, types count, the last bits of a REAL do not. */
import { createHash } from 'node:crypto';

const cell = (v) => {
  if (v === null || v === undefined) return 'N';
  if (typeof v === 'bigint') return `n${v}`;
  if (typeof v === 'number') return Number.isInteger(v) ? `n${v}` : `r${v.toPrecision(12)}`;
  if (typeof v === 'string') return `t${v.length}:${v}`;
  return `b${Buffer.from(v).toString('hex')}`;
};

/** @param {unknown} answer rows as objects or arrays, or a single value */
export function digest(answer) {
  const hash = createHash('sha1');
  if (!Array.isArray(answer)) hash.update(cell(answer));
  else for (const row of answer) hash.update(`${(Array.isArray(row) ? row : Object.values(row)).map(cell).join('|')}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Columns put back into rows. */
export const rowsOf = (columns) => {
  const names = Object.keys(columns);
  return Array.from({ length: names.length ? columns[names[0]].length : 0 }, (_, i) => names.map((name) => columns[name][i]));
};
