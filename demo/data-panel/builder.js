/** The form of a group-by: key columns, operations, conditions, order, limit. */
import { byId, element } from '../dom.js';
import { aliasOf } from './query.js';

const NUMBERS = ['count', 'sum', 'avg', 'median', 'min', 'max', 'countDistinct', 'quantile', 'stddev', 'variance', 'correlation', 'mode', 'first', 'last', 'list'];
const EVERY_ROW = '*';

let schema = {};

const option = (value, chosen, label = value) => element('option', { value, selected: value === chosen && 'selected' }, label);
const columns = () => Object.keys(schema);
const numeric = () => columns().filter((name) => ['f64', 'i64', 'i32', 'bool'].includes(schema[name]));

function operationLine({ operation = 'sum', field, args = {} } = {}) {
  const what = element('select', { name: 'operation', 'aria-label': 'Operation' }, ...NUMBERS.map((name) => option(name, operation)));
  const of = element('select', { name: 'field', 'aria-label': 'Column' });
  const extra = element('span', { class: 'extra' });
  const line = element('li', {}, what, ' of ', of, extra,
    element('button', { type: 'button', 'data-action': 'remove', 'aria-label': 'Remove this operation', title: 'Remove', onclick: () => { line.remove(); showOrder(); } }, '×'));
  function refresh(chosen) {
    const kept = chosen ?? of.value;
    of.replaceChildren(...(what.value === 'count' ? [option(EVERY_ROW, kept, 'rows')] : []), ...columns().map((name) => option(name, kept)));
    extra.replaceChildren();
    if (what.value === 'quantile') extra.append(' at ', element('input', { name: 'q', type: 'number', min: 0, max: 1, step: 'any', value: args.q ?? 0.9, 'aria-label': 'Quantile, 0 to 1', oninput: showOrder }));
    if (what.value === 'correlation') extra.append(' with ', element('select', { name: 'with', 'aria-label': 'The other column', onchange: showOrder }, ...numeric().map((name) => option(name, args.with))));
    showOrder();
  }
  what.addEventListener('change', () => refresh());
  of.addEventListener('change', showOrder);
  refresh(field);
  return line;
}

function readLine(line) {
  const value = (name) => line.querySelector(`[name=${name}]`)?.value;
  const operation = value('operation');
  const args = operation === 'quantile' ? { q: Number(value('q')) } : operation === 'correlation' ? { with: value('with') } : undefined;
  const step = { field: value('field'), operation, ...(args && { args }) };
  return { ...step, alias: aliasOf(step) };
}

const keys = () => [...byId('data-keys').querySelectorAll('input:checked')].map((input) => input.value);
const operations = () => [...byId('data-operations').children].map(readLine);

/** What the result can be ordered by follows from its columns. */
function showOrder() {
  const select = byId('data-order');
  const kept = select.value;
  select.replaceChildren(option('', kept, 'first appearance'), ...[...keys(), ...operations().map(({ alias }) => alias)].map((name) => option(name, kept)));
}

/** Shows a question about a table of this schema. */
export function showQuestion(newSchema, { groupBy, operations: steps, where = '', having = '', orderBy = [], limit }) {
  schema = newSchema;
  byId('data-keys').replaceChildren(...columns().map((name) => element('label', {}, element('input', { type: 'checkbox', value: name, checked: groupBy.includes(name) && 'checked', onchange: showOrder }), ` ${name}`)));
  byId('data-operations').replaceChildren(); // lines look at what is there
  for (const step of steps) byId('data-operations').append(operationLine(step));
  byId('data-where').value = where;
  byId('data-having').value = having;
  byId('data-limit').value = limit ?? '';
  showOrder();
  byId('data-order').value = orderBy[0]?.field ?? '';
  byId('data-descending').checked = orderBy[0]?.descending ?? true;
}

export const addOperation = () => {
  byId('data-operations').append(operationLine({ operation: 'avg', field: numeric()[0] ?? columns()[0] }));
  showOrder();
};

/** @returns AggregationOptions, as the form stands */
export function readQuestion() {
  const text = (id) => byId(id).value.trim();
  const groupBy = keys(), where = text('data-where'), having = text('data-having'), field = byId('data-order').value, limit = text('data-limit');
  return {
    ...(groupBy.length && { groupBy }), operations: operations(),
    ...(where && { where }), ...(having && { having }),
    ...(field && { orderBy: [{ field, descending: byId('data-descending').checked }] }),
    ...(limit && { limit: Number(limit) }),
  };
}
