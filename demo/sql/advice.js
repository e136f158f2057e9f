/** What the analysis says of a query, and each recommended index with a button that creates it and measures what it brought. */
import { element } from '../dom.js';
import { errorText, meanTime } from '../format.js';

/** Mean milliseconds inside the engine over as many runs as fit in a third of a second. */
async function meanMs(db, sql, params) {
  const started = performance.now();
  let spent = 0, runs = 0;
  await db.executeQuery(sql, params, { rows: 'arrays', bigint: true });
  do {
    spent += (await db.executeQuery(sql, params, { rows: 'arrays', bigint: true })).durationMs;
    runs++;
  } while (runs < 200 && performance.now() - started < 300);
  return spent / runs;
}

function tried(db, sql, params, recommendation, afterwards) {
  const outcome = element('p', { role: 'status', class: 'outcome' });
  const button = element('button', { type: 'button', onclick: create }, 'Create it and time the query');
  async function create() {
    button.disabled = true;
    outcome.textContent = 'Timing…';
    try {
      const before = await meanMs(db, sql, params);
      await db.executeQuery(recommendation.sql);
      const after = await meanMs(db, sql, params);
      outcome.replaceChildren('Before ', element('b', {}, meanTime(before)), ', after ', element('b', {}, meanTime(after)), after > 0 ? `: ${(before / after).toFixed(1)}x` : '');
      outcome.dataset.before = before;
      outcome.dataset.after = after;
      await afterwards();
    } catch (error) {
      button.disabled = false;
      outcome.replaceChildren(errorText(error));
    }
  }
  return element('li', {}, element('code', {}, recommendation.sql), element('p', {}, recommendation.reason),
    element('details', {}, element('summary', {}, 'The plan with it'), element('ul', { class: 'plan' }, ...recommendation.planWith.map((line) => element('li', {}, line)))),
    button, outcome);
}

/** @param afterwards called when an index was created */
export async function advise(db, sql, params, afterwards) {
  const { complexity, tables, suggestions, indexRecommendations } = await db.analyzeQuery(sql, params);
  // A recommended index is shown once, with its button.
  const others = suggestions.filter((s) => !indexRecommendations.some((r) => r.sql === s.sql));
  return [
    element('p', {}, `Complexity ${complexity}. Reads ${tables.length ? tables.join(', ') : 'no table'}.`),
    indexRecommendations.length
      ? element('ul', { class: 'advice', 'data-kind': 'indexes' }, ...indexRecommendations.map((r) => tried(db, sql, params, r, afterwards)))
      : element('p', {}, 'No index that was tried would change its plan.'),
    ...(others.length ? [element('ul', { class: 'advice', 'data-kind': 'suggestions' }, ...others.map((s) => element('li', {}, s.message, ...(s.sql ? [' ', element('code', {}, s.sql)] : []))))] : []),
  ];
}
