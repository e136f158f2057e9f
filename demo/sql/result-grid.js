/** Rows as a table. Values become text nodes; long results and long values are cut, and say so. */
import { element } from '../dom.js';

const ROWS = 200, CHARS = 240;
const count = (n) => n.toLocaleString('en');

function cell(value) {
  if (value === null || value === undefined) return element('td', { class: 'null' }, 'NULL');
  if (typeof value === 'number' || typeof value === 'bigint') return element('td', { class: 'number' }, value);
  if (value instanceof Uint8Array) {
    const start = Array.from(value.subarray(0, 8), (b) => b.toString(16).padStart(2, '0')).join('');
    return element('td', { class: 'blob' }, `x'${start}${value.length > 8 ? '…' : ''}' ${count(value.length)} byte${value.length === 1 ? '' : 's'}`);
  }
  return value.length > CHARS ? element('td', {}, `${value.slice(0, CHARS)}… (${count(value.length)} characters)`) : element('td', {}, value);
}

/**
 * @param {string[]} columns
 * @param {unknown[][]} rows
 * @returns {Node[]} a table, and a line that says what was left out
 */
export function resultGrid(columns, rows) {
  if (columns.length === 0) return [];
  const shown = rows.slice(0, ROWS);
  const numeric = columns.map((_, i) => shown.some((r) => typeof r[i] === 'number' || typeof r[i] === 'bigint'));
  const table = element('table', {},
    element('thead', {}, element('tr', {}, ...columns.map((name, i) => element('th', { scope: 'col', class: numeric[i] && 'number' }, name)))),
    element('tbody', {}, ...shown.map((row) => element('tr', {}, ...row.map(cell)))));
  const scroller = element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Result' }, table);
  return rows.length > ROWS ? [scroller, element('p', { class: 'cut' }, `The first ${count(ROWS)} of ${count(rows.length)} rows.`)] : [scroller];
}
