/** A table's rows in a box that scrolls over all of them: only those in sight are asked for. Values become text nodes. */
import { element } from '../dom.js';
import { errorText } from '../format.js';
import { valueText } from './format.js';
import { windowOf } from './window.js';

const NUMERIC = new Set(['f64', 'i64', 'i32']);
const COLUMNS = 100;

/** A copy of some rows, by column. */
async function readRows(table, start, end) {
  const part = await table.slice(start, end);
  try {
    return await part.toColumns();
  } finally {
    part.free();
  }
}

function cell(value) {
  const { text, kind, full } = valueText(value);
  return element('td', { class: kind === 'text' || kind === 'date' ? false : kind, title: full ?? (text.length > 30 && text) }, text);
}

/**
 * Shows a table in `place`, which must be in sight.
 * @param table a DataTable; it stays the caller's
 * @param {string} label what the rows are
 * @returns {Promise<{ close: () => void }>} when its first rows are shown; `close` before the table is freed
 */
export async function showRows(place, table, label) {
  const names = Object.keys(table.schema);
  const shown = names.slice(0, COLUMNS);
  const numeric = shown.map((name) => NUMERIC.has(table.schema[name]));
  const columns = shown.map(() => element('col'));
  const body = element('tbody');
  const node = element('table', { 'aria-rowcount': table.rowCount + 1, 'aria-label': label },
    element('colgroup', {}, ...columns), element('thead', {}, element('tr', {}, ...shown.map((name, i) => element('th', { scope: 'col', class: numeric[i] && 'number', title: name }, name)))), body);
  const box = element('div', { class: 'scroll virtual', tabindex: 0, role: 'region', 'aria-label': label }, node);
  const note = element('p', { class: 'cut' });
  if (names.length > COLUMNS) note.textContent = `The first ${COLUMNS} of ${names.length} columns.`;
  place.replaceChildren(box, note);

  let rowHeight = 29, widths, drawn = '', working, again = false, closed = false;

  const spacer = (pixels) => {
    const inside = element('td', { colspan: shown.length });
    inside.style.height = `${pixels}px`;
    return element('tr', { class: 'spacer', 'aria-hidden': 'true' }, inside);
  };

  async function draw() {
    const { start, end, above, below } = windowOf({ rows: table.rowCount, rowHeight, viewHeight: box.clientHeight || 300, scrollTop: box.scrollTop });
    const wanted = `${start} ${end} ${above}`;
    if (wanted === drawn) return;
    const data = await readRows(table, start, end);
    if (closed) return;
    const lines = Array.from({ length: end - start }, (_, i) => element('tr', { 'aria-rowindex': start + i + 2, class: (start + i) % 2 === 1 && 'odd' }, ...shown.map((name) => cell(data[name][i]))));
    body.replaceChildren(spacer(above), ...lines, spacer(below));
    if (widths) widen(lines);
    drawn = wanted;
  }

  /** Columns keep the widths that the first rows gave them, but for numbers: half a number is another one. */
  function widen(lines) {
    const needed = widths.map((width, i) => (numeric[i] ? Math.max(width, ...lines.map((tr) => tr.cells[i].scrollWidth)) : width));
    if (needed.every((width, i) => width <= widths[i])) return;
    widths = needed;
    setWidths();
  }

  function setWidths() {
    columns.forEach((col, i) => { col.style.width = `${widths[i]}px`; });
    node.style.width = `${widths.reduce((sum, w) => sum + w, 0)}px`;
  }

  /** One request at a time; a scroll meanwhile makes one more after it. */
  function refresh() {
    if (working) { again = true; return working; }
    return working = (async () => {
      try {
        do { again = false; await draw(); } while (again && !closed);
      } catch (error) {
        if (!closed) note.replaceChildren(errorText(error));
      }
      working = undefined;
    })();
  }

  await refresh();
  const line = body.rows[1];
  if (line && !closed) {
    widths = [...line.cells].map((td) => td.getBoundingClientRect().width);
    rowHeight = line.getBoundingClientRect().height || rowHeight;
    setWidths();
    node.classList.add('fixed');
    await refresh();
  }
  box.addEventListener('scroll', refresh, { passive: true });
  return { close: () => { closed = true; box.removeEventListener('scroll', refresh); } };
}
