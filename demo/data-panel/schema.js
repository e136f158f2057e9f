/** The columns of a table, and what is in each: nulls, distinct values, least and greatest, asked of the table itself. */
import { element } from '../dom.js';
import { count, valueText } from './format.js';

/** @returns {{ node: Node, fill: (name: string, facts: object) => void }} a table of columns; `fill` when facts are known */
export function schemaTable(schema) {
  const rows = new Map();
  const lines = Object.entries(schema).map(([name, type]) => {
    const cells = ['nulls', 'distinct', 'least', 'greatest'].map((fact) => element('td', { 'data-fact': fact, class: (fact === 'nulls' || fact === 'distinct') && 'number' }, '…'));
    rows.set(name, cells);
    return element('tr', { 'data-column': name }, element('th', { scope: 'row' }, name), element('td', {}, element('code', {}, type)), ...cells);
  });
  const head = ['column', 'type', 'nulls', 'distinct', 'least', 'greatest'].map((name, i) => element('th', { scope: 'col', class: (i === 2 || i === 3) && 'number' }, name));
  const node = element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Columns' },
    element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...lines)));
  const fill = (name, { nulls, distinct, least, greatest }) => {
    const texts = [count(nulls), count(distinct), ...[least, greatest].map((value) => (value === undefined ? '' : valueText(value).text))];
    rows.get(name).forEach((cell, i) => { cell.textContent = texts[i]; });
  };
  return { node, fill };
}

/**
 * Facts of each column, one after the other: other questions come in between.
 * @param {{ stopped: () => boolean, onColumn: (name: string, facts: object) => void, budgetMs: number }} options
 */
export async function profile(table, { stopped, onColumn, budgetMs }) {
  const began = performance.now();
  const facts = new Map();
  for (const [name, type] of Object.entries(table.schema)) {
    if (stopped() || performance.now() - began > budgetMs) break;
    const operations = [['count', 'filled'], ['countDistinct', 'distinct'], ...(type === 'json' ? [] : [['min', 'least'], ['max', 'greatest']])];
    const answer = await table.aggregate({ operations: operations.map(([operation, alias]) => ({ field: name, operation, alias })) });
    const [{ filled, ...rest }] = await answer.toRows();
    answer.free();
    const found = { nulls: table.rowCount - filled, ...rest };
    facts.set(name, found);
    if (!stopped()) onColumn(name, found);
  }
  return facts;
}
