/** The SQL panel: an editor over one database, its answers and plans, files dropped on it, and where it is kept. */
import { acceptDrops, byId, element, errorText } from '../dom.js';
import { advise } from './advice.js';
import { openFile, tableNames } from './files.js';
import { milliseconds } from '../format.js';
import { sharedSample } from '../sample.js';
import { keepInLink, numberOf } from '../state.js';
import { planTree } from './plan-tree.js';
import { QUERIES } from './queries.js';
import { resultGrid } from './result-grid.js';
import { loadSampleTables, vectorBlob } from './sample-db.js';
import { engineText, openDurable, openMemory, remember, remembered, storageText } from './storage.js';

let sample, place;

const status = (...parts) => byId('sql-status').replaceChildren(...parts);
const inQuotes = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[\s\S]*?\*\//g;
const hasParameter = (sql) => sql.replace(inQuotes, '').includes('?');

function currentQuery() {
  const sql = byId('sql-text').value;
  return { sql, params: hasParameter(sql) ? [vectorBlob(sample.queryVector(Number(byId('sql-vector').value)))] : [] };
}

/** One piece of work at a time, its failure shown where answers stand. */
async function act(saying, work) {
  const controls = byId('sql').querySelectorAll('button, input, select');
  for (const c of controls) c.disabled = true;
  status(saying);
  try {
    await work();
  } catch (error) {
    status(errorText(error));
    const offset = error.detail?.offset;
    if (Number.isInteger(offset) && offset >= 0) byId('sql-text').setSelectionRange(offset, byId('sql-text').value.length);
  }
  for (const c of controls) c.disabled = false;
}

function clearAnswer() {
  for (const id of ['sql-result', 'sql-plan', 'sql-advice']) byId(id).replaceChildren();
  byId('sql-plan-box').hidden = true;
}

async function showTables() {
  const names = await tableNames(place.db);
  const look = (name) => { ownText(`SELECT * FROM ${/^[a-z_][a-z0-9_]*$/i.test(name) ? name : place.db.identifier(name)} LIMIT 100`); run(); };
  byId('sql-tables').replaceChildren(...names.map((name) => element('li', {}, element('button', { type: 'button', onclick: () => look(name) }, name))));
}

function showPlace() {
  byId('sql-engine').textContent = engineText(place.db.info);
  byId('sql-storage').textContent = storageText(place);
  byId('sql-durable').checked = place.storage !== 'memory';
}

function setText(sql) {
  byId('sql-text').value = sql;
  byId('sql-text').rows = Math.min(14, Math.max(5, sql.split('\n').length));
  byId('sql-vector-label').hidden = !hasParameter(sql);
}

/** Not the sample query that was chosen last. */
function ownText(sql) {
  setText(sql);
  byId('sql-samples').value = '';
}

/** The address bar carries the question: a sample query by its number, another one as it stands. */
function keep() {
  const chosen = byId('sql-samples').value;
  keepInLink('sql', { ...(chosen === '' ? { query: byId('sql-text').value } : { sample: chosen }), ...(byId('sql-vector-label').hidden || byId('sql-vector').value === '0' ? {} : { vector: byId('sql-vector').value }) });
}

const run = () => act('Running…', async () => {
  clearAnswer();
  keep();
  const { sql, params } = currentQuery();
  const start = performance.now();
  const result = await place.db.executeQuery(sql, params, { rows: 'arrays', bigint: true });
  const whole = performance.now() - start;
  const what = result.columns.length ? `${result.rowCount.toLocaleString('en')} row${result.rowCount === 1 ? '' : 's'}` : `Done, ${result.changes.toLocaleString('en')} row${result.changes === 1 ? '' : 's'} changed`;
  byId('sql-result').replaceChildren(...resultGrid(result.columns, result.rows));
  const plan = await place.db.getQueryPlan(sql, params).catch(() => []);
  byId('sql-plan').replaceChildren(planTree(plan));
  byId('sql-plan-box').hidden = plan.length === 0;
  if (result.columns.length === 0) await showTables();
  status(`${what} · ${milliseconds(result.durationMs)} in SQLite, ${milliseconds(whole)} with the way here`);
});

const showAdvice = () => act('Trying indexes…', async () => {
  const { sql, params } = currentQuery();
  const { db } = place;
  byId('sql-advice').replaceChildren(...await advise(db, sql, params, async () => {
    const plan = await db.getQueryPlan(sql, params);
    byId('sql-plan').replaceChildren(planTree(plan));
    byId('sql-plan-box').hidden = false;
  }));
  byId('sql-advice').scrollIntoView({ block: 'nearest' });
  status('Each index below was tried on a copy of the schema: SQLite uses it for this query.');
});

/** Empties the database by putting an empty one in its place, then fills it. */
const loadSample = () => act('Loading the sample…', async () => {
  clearAnswer();
  if ((await tableNames(place.db)).length) {
    const empty = await openMemory();
    await empty.db.executeQuery('PRAGMA user_version = 1'); // writes the first page: bytes of no length are no database
    await place.db.deserialize(await empty.db.serialize());
    await empty.close();
  }
  const start = performance.now();
  const { rows, lacks } = await loadSampleTables(place.db, sample, (share) => status(`Loading the sample… ${Math.round(share * 100)} %`));
  for (const [i, q] of QUERIES.entries()) byId('sql-samples').querySelector(`[value="${i}"]`).disabled = q.needs === 'fts5' && lacks !== undefined;
  await showTables();
  status(`${rows.toLocaleString('en')} rows loaded in ${milliseconds(performance.now() - start)}${lacks ? `. No full-text table: ${lacks}` : ''}`);
});

const openDropped = (file) => act(`Opening ${file.name}…`, async () => {
  clearAnswer();
  const { table, said } = await openFile(place.db, file, (done, total) => status(`${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows…`));
  await showTables();
  if (table) ownText(`SELECT * FROM ${place.db.identifier(table)} LIMIT 100`);
  status(said);
});

/** Moves what is open to the other storage. The new one must stand before the old one goes. */
const move = (durable) => act('Moving the database…', async () => {
  let next;
  try {
    next = durable ? await openDurable() : await openMemory();
    await next.db.deserialize(await place.db.serialize());
    remember(next.storage);
  } catch (error) {
    byId('sql-durable').checked = place.storage !== 'memory';
    await next?.close();
    throw error;
  }
  const before = place;
  place = next;
  showPlace();
  await before.close();
  status(durable ? 'Kept: reload the page and it is still here.' : 'No longer kept: a reload starts over with the sample.');
});

/** What the last visit kept, or a database in memory. */
async function firstPlace() {
  if (!remembered()) return openMemory();
  try {
    return await openDurable();
  } catch (error) {
    byId('sql-notice').replaceChildren('The kept database could not be opened, this one is in memory. ', errorText(error));
    return openMemory();
  }
}

function listen() {
  byId('sql-form').addEventListener('submit', (event) => { event.preventDefault(); run(); });
  byId('sql-text').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!byId('sql-run').disabled) run();
  });
  byId('sql-text').addEventListener('input', () => {
    byId('sql-vector-label').hidden = !hasParameter(byId('sql-text').value);
    byId('sql-samples').value = '';
  });
  byId('sql-samples').addEventListener('change', () => { setText(QUERIES[byId('sql-samples').value].sql); run(); });
  byId('sql-vector').addEventListener('change', run);
  byId('sql-advise').addEventListener('click', showAdvice);
  byId('sql-sample').addEventListener('click', loadSample);
  byId('sql-durable').addEventListener('change', (event) => move(event.target.checked));
  byId('sql-file').addEventListener('change', (event) => { const [file] = event.target.files; event.target.value = ''; if (file) openDropped(file); });
  acceptDrops(byId('sql'), take);
}

/** A file, unless the panel is at work. */
export function take(file) {
  if (!byId('sql-run').disabled) return openDropped(file);
  status(`Busy: drop ${file.name} again when this is done. `, byId('sql-status').textContent);
  return undefined;
}

/** Puts what a link asks for into the editor. @returns whether it is a sample query, or another one, or nothing */
function showAsked(state) {
  const chosen = numberOf(state, 'sample', 0, QUERIES.length - 1), text = state.get('query');
  const vector = numberOf(state, 'vector', 0, sample.queries.length - 1);
  if (vector !== undefined) byId('sql-vector').value = String(vector);
  if (chosen !== undefined) {
    byId('sql-samples').value = String(chosen);
    setText(QUERIES[chosen].sql);
    return 'sample';
  }
  if (!text) return 'nothing';
  ownText(text);
  return 'own';
}

/** A sample query of a link runs; another one waits for its reader, since it may change what is kept here. */
export async function apply(state) {
  const before = byId('sql-status').textContent;
  const asked = showAsked(state);
  if (asked === 'sample') await run();
  if (asked === 'own') status(`${before ? `${before}. ` : ''}The query came with the link: read it, then run it.`);
}

async function start(state) {
  // A start that failed is tried again when the panel is opened again.
  if (byId('sql-vector').options.length === 0) byId('sql-samples').append(...QUERIES.map((q, i) => element('option', { value: i }, q.name)));
  byId('sql-vector').replaceChildren(...sample.queries.map((q, i) => element('option', { value: i }, q.text)));
  byId('sql-samples').value = '0';
  setText(QUERIES[0].sql);
  place = await firstPlace();
  showPlace();
  if (byId('sql-form').hidden) listen();
  byId('sql-form').hidden = false;
  if ((await tableNames(place.db)).length === 0) await loadSample();
  else {
    await showTables();
    status('Opened what was kept.');
    // The link's question may be about the sample: it is shown and waits.
    return showAsked(state);
  }
  await apply(state);
}

export async function open(state) {
  try {
    sample = await sharedSample((share) => status(`Loading the sample… ${Math.round(share * 100)} %`));
    await start(state);
  } catch (error) {
    status(errorText(error));
    throw error;
  }
}
