/** EXPLAIN QUERY PLAN as a tree; what reads a whole table or sorts stands out. */
import { element } from '../dom.js';

const kind = (detail) => (/^SCAN\b(?!.* USING )/.test(detail) || /^(?:USE TEMP B-TREE|CORRELATED)/.test(detail) ? 'costly' : /USING (?:COVERING |AUTOMATIC .*)?(?:INDEX|INTEGER PRIMARY KEY)|VIRTUAL TABLE INDEX/.test(detail) ? 'indexed' : undefined);

/** @param {{ id: number, parent: number, detail: string }[]} plan flat, in tree order */
export function planTree(plan) {
  const top = element('ul', { class: 'plan' });
  const lists = new Map();
  for (const { id, parent, detail } of plan) {
    const item = element('li', {}, element('span', { class: kind(detail) }, detail));
    let list = lists.get(parent)?.list ?? top;
    const above = lists.get(parent);
    if (above && !above.list) above.item.append((list = above.list = element('ul')));
    list.append(item);
    lists.set(id, { item });
  }
  return top;
}
