/** The data panel: a file or the sample becomes a resident table, which is looked at, grouped, charted, raced and compressed. */
import { acceptDrops, byId, definitions, element, errorText } from '../dom.js';
import { milliseconds } from '../format.js';
import { startManager } from '../managers.js';
import { keepInLink } from '../state.js';
import { addOperation, readQuestion, showQuestion } from './builder.js';
import { showChart } from './chart.js';
import { bytes, count, rate, rows } from './format.js';
import { clearMeter, runMeter, startMeter } from './meter.js';
import { codeOf, firstQuestion, questionOfLink } from './query.js';
import { race } from './race.js';
import { showRows } from './row-grid.js';
import { profile, schemaTable } from './schema.js';
import { fetchSample, formatOf, openSource } from './source.js';

/** Facts of columns are waited for this long before a first question is made of them, and gathered no longer than that. */
const FACTS_WAIT_MS = 1500, FACTS_MS = 8000;

let services, data, source, file, isSample = false, waiting, table, answer, grids = [], turn = 0;

const say = (...parts) => byId('data-status').replaceChildren(...parts);
const controls = () => byId('data').querySelectorAll('button, input, select');

/** One piece of work at a time, its failure shown where answers stand. */
async function act(saying, work) {
  const disabled = [...controls()].filter((c) => c.disabled);
  const focused = document.activeElement;
  for (const c of controls()) c.disabled = true;
  byId('data').setAttribute('aria-busy', 'true');
  say(saying);
  try {
    await work();
  } catch (error) {
    say(errorText(error));
  }
  // What the work put in is free to be used; what it set aside stays so.
  for (const c of controls()) c.disabled = disabled.includes(c);
  byId('data').removeAttribute('aria-busy');
  // A control that is disabled loses the focus: who works by keyboard goes on where they were.
  if (document.activeElement === document.body && byId('data').contains(focused)) focused.focus({ preventScroll: true });
}

async function service() {
  if (data) return data;
  services = await startManager('data', {}); // with the first file
  return (data = services.getDataProcessor());
}

function closeTable() {
  turn++;
  for (const grid of grids) grid.close();
  grids = [];
  answer?.free();
  table?.free();
  answer = table = undefined;
  byId('data-open').hidden = true;
  for (const id of ['data-facts', 'data-schema', 'data-rows', 'data-chart', 'data-result', 'data-answer', 'data-race-verdict']) byId(id).replaceChildren();
  byId('data-race-table').hidden = true;
  clearMeter();
}

/** A name that says nothing may be a CSV's. */
const isCsv = (format) => format === 'csv' || format === undefined;

function loadOptions(source) {
  return { ...source.options, ...(isCsv(source.format) && { header: byId('data-header').checked, ragged: byId('data-ragged').value }) };
}

function showFacts(ms) {
  const { info } = data;
  const memory = services.getStats().services.data.memoryBytes;
  const facts = [
    ['Table', `${rows(table.rowCount)} × ${Object.keys(table.schema).length} columns from ${source.name} (${bytes(source.size)})`],
    ['Loaded in', `${milliseconds(ms)}: ${rate(table.rowCount, ms, 'rows')}, ${megabytes(ms)}`],
    ['Memory', `${bytes(memory)} for the whole service`],
    ['Answers', `${info.variant}, ${info.host === 'worker' ? 'in a worker' : 'in this page'}: ${info.reason}`],
  ];
  definitions(byId('data-facts'), facts);
}

const megabytes = (ms) => (ms > 0 ? `${(source.size / 1e3 / ms).toPrecision(3)} MB/s` : 'no rate');

/** What was open stays until the new one stands. */
async function loadTable() {
  await service();
  await data.ready();
  const opened = await openSource(file, data);
  const content = await opened.content();
  const options = loadOptions(opened);
  const began = performance.now();
  const loaded = await data.load(content, { ...options, onProgress: (done) => say(`Loading ${opened.name}… ${bytes(done)}`) });
  const ms = performance.now() - began;
  closeTable();
  source = opened;
  table = loaded;
  return ms;
}

const openTable = (opened, asked) => act(`Opening ${opened.name}…`, async () => {
  file = opened;
  const ms = await loadTable();
  const mine = turn;
  byId('data-open').hidden = false;
  showFacts(ms);
  const columns = schemaTable(table.schema);
  byId('data-schema').replaceChildren(columns.node);
  grids.push(await showRows(byId('data-rows'), table, `Rows of ${source.name}`));
  say(`${rows(table.rowCount)} loaded in ${milliseconds(ms)}. Looking into the columns…`);
  const facts = new Map();
  const gathering = profile(table, { stopped: () => mine !== turn, budgetMs: FACTS_MS, onColumn: (name, found) => { facts.set(name, found); columns.fill(name, found); } })
    .catch((error) => { if (mine === turn) byId('data-schema').append(element('p', {}, errorText(error))); });
  await Promise.race([gathering, new Promise((done) => { setTimeout(done, FACTS_WAIT_MS); })]);
  showQuestion(table.schema, questionOfLink(asked, table.schema) ?? firstQuestion(table.schema, facts, table.rowCount));
  await aggregate();
  say(`${rows(table.rowCount)} loaded in ${milliseconds(ms)}.`);
});

async function aggregate() {
  const question = readQuestion();
  keepInLink('data', { ...(isSample && { sample: 1 }), ask: JSON.stringify(question) });
  byId('data-answer').textContent = '';
  byId('data-code').textContent = codeOf(source, question);
  const began = performance.now();
  const { data: made, metadata } = await data.aggregate(table, question);
  const ms = performance.now() - began;
  for (const grid of grids.splice(1)) grid.close();
  answer?.free();
  answer = made;
  await showChart(byId('data-chart'), answer, question.groupBy ?? []);
  grids.push(await showRows(byId('data-result'), answer, 'Result'));
  byId('data-answer').textContent = `${count(answer.rowCount)} ${answer.rowCount === 1 ? 'group' : 'groups'} from ${rows(metadata.inputSize)} in ${milliseconds(ms)} by ${metadata.implementation}: ${metadata.reason}.`;
}

const ask = () => act('Aggregating…', async () => {
  try {
    await aggregate();
  } catch (error) {
    const offset = error.detail?.offset;
    const field = byId('data-where').value ? 'data-where' : 'data-having';
    byId('data-answer').replaceChildren(errorText(error));
    if (Number.isInteger(offset) && offset >= 0) setTimeout(() => { byId(field).focus(); byId(field).setSelectionRange(offset, byId(field).value.length); });
    return say('The question could not be answered.');
  }
  say('Answered.');
});

const startRace = () => act('Racing…', async () => {
  await race(source, loadOptions(source), readQuestion(), say);
  say('The race is over.');
});

function listen() {
  byId('data-sample').addEventListener('click', () => openSample());
  byId('data-file').addEventListener('change', (event) => { const [chosen] = event.target.files; event.target.value = ''; if (chosen) take(chosen); });
  for (const id of ['data-ragged', 'data-header']) byId(id).addEventListener('change', () => { if (file && isCsv(formatOf(file.name))) openTable(file); });
  byId('data-form').addEventListener('submit', (event) => { event.preventDefault(); ask(); });
  byId('data-add').addEventListener('click', addOperation);
  byId('data-race').addEventListener('click', startRace);
  byId('data-compress').addEventListener('click', () => act('Measuring…', () => runMeter(data, source, false, say)));
  byId('data-compress-all').addEventListener('click', () => act('Measuring…', () => runMeter(data, source, true, say)));
  acceptDrops(byId('data'), take);
}

async function openSample(asked) {
  try {
    const opened = await fetchSample();
    isSample = true;
    await openTable(opened, asked);
  } catch (error) {
    say(errorText(error));
  }
}

/** A file, unless the panel is at work. */
export async function take(opened) {
  if (byId('data').hasAttribute('aria-busy')) return;
  isSample = false;
  const asked = waiting;
  waiting = undefined;
  await openTable(opened, asked);
}

/** What a link asks for: of the sample at once, of a file of the reader's own once it is there. */
export async function apply(state) {
  const asked = state.get('ask') ?? undefined;
  if (state.get('sample') === '1') return openSample(asked);
  if (!asked) return undefined;
  waiting = asked;
  return say('The link carries a question about a file: choose the file, or drop it here.');
}

export async function open(state) {
  startMeter();
  listen();
  say('Nothing is open yet.');
  await apply(state);
}
