/** The search panel: the sample's packages or the visitor's own embeddings, asked by words and by meaning. */
import { acceptDrops, byId, definitions, element, errorText } from '../dom.js';
import { milliseconds } from '../format.js';
import { endManager, startManager } from '../managers.js';
import { sharedSample } from '../sample.js';
import { keepInLink, numberOf } from '../state.js';
import { readEmbeddings } from './embeddings.js';
import { race } from './race.js';

let sample, manager, vectors, own = false, asked = 0;

const options = () => ({ maxResults: Number(byId('count').value), ...(byId('section').value && { filters: { section: byId('section').value } }) });
const keep = (more = {}) => keepInLink('search', own ? {} : { q: byId('query').value.trim(), section: byId('section').value, n: byId('count').value === '10' ? undefined : byId('count').value, ...more });

function show(hits, ms, what) {
  byId('timing').textContent = `${hits.length} result${hits.length === 1 ? '' : 's'} ${what} in ${milliseconds(ms)}`;
  byId('results').replaceChildren(...hits.map((hit) => element('li', { 'data-id': hit.id },
    element('span', { class: 'name' }, hit.metadata?.name ?? hit.id), ' ', element('span', { class: 'meta' }, `${hit.metadata?.section ? `${hit.metadata.section} · ` : ''}score ${hit.score.toFixed(3)}`),
    element('button', { type: 'button', 'aria-label': `similar to this, ${hit.metadata?.name ?? hit.id}`, onclick: () => similar(hit) }, 'similar to this'),
    element('div', {}, hit.content))));
}

/** Only the last question's answer is shown. */
async function answer(what, call) {
  const mine = ++asked;
  try {
    const start = performance.now();
    const hits = await call();
    if (mine === asked) show(hits, performance.now() - start, what);
  } catch (error) {
    if (mine === asked) byId('timing').replaceChildren(errorText(error));
  }
}

function similar(hit) {
  const name = hit.metadata?.name ?? hit.id;
  byId('mode').textContent = `by meaning (the vector of ${name})`;
  keep({ like: hit.id });
  return answer(`similar to ${name}`, () => vectors.findSimilar(hit.id, options()));
}

/** A sample query brings its own vector: meaning and words together. Anything else is searched by its words. */
function search() {
  const text = byId('query').value.trim();
  if (!text) return undefined;
  const known = own ? -1 : sample.queries.findIndex((q) => q.text === text);
  byId('mode').textContent = known >= 0 ? 'by meaning (the query has a vector)' : 'by words (BM25)';
  keep();
  return known >= 0
    ? answer('by meaning', () => vectors.search(sample.queryVector(known), options()))
    : answer('by words', () => vectors.searchByText(text, options()));
}

export function showChoice(info) {
  definitions(byId('choice'), [
    ['Answers', `${info.variant}, ${info.host === 'worker' ? 'in a worker' : 'in this page'}, ${info.threads} thread${info.threads === 1 ? '' : 's'}${info.index ? `, ${info.index}` : ''}`],
    ['Because', info.reason],
    ...info.rejected.map((r) => [`Not ${r.variant}`, r.reason]),
  ]);
}

/** A new index takes the old one's place once it stands. */
async function indexOf(dimensions, documents, onProgress) {
  const next = await startManager('search', { vectorSearch: { dimensions } });
  try {
    const service = next.getVectorSearch();
    await service.addDocuments(documents, { onProgress });
    await service.findSimilar(documents[0].id, { maxResults: 1 });
    if (manager) await endManager(manager);
    manager = next;
    vectors = service;
    showChoice(vectors.info);
  } catch (error) {
    await endManager(next);
    throw error;
  }
}

async function loadSampleIndex() {
  const progress = byId('load-progress');
  sample = await sharedSample((share) => { progress.value = share * 0.5; });
  byId('load-text').textContent = `Indexing ${sample.docs.length.toLocaleString('en')} descriptions…`;
  const documents = sample.docs.map((d, i) => ({ id: String(d.id), content: d.text, embedding: sample.rows.subarray(i * sample.dimensions, (i + 1) * sample.dimensions), metadata: { name: d.name, section: d.section } }));
  await indexOf(sample.dimensions, documents, (done, total) => { progress.value = 0.5 + done / total / 2; });
  const sections = [...new Set(sample.docs.map((d) => d.section))].sort();
  byId('section').append(...sections.map((s) => element('option', { value: s }, s)));
  byId('sample-queries').append(...sample.queries.map((q) => element('option', { value: q.text })));
  byId('loading').hidden = true;
  byId('search-form').hidden = false;
  byId('race').disabled = false;
}

/** Embeddings that were dropped: searched by their words, and each by its likes. */
export async function take(file) {
  byId('timing').textContent = `Reading ${file.name}…`;
  try {
    const { dimensions, documents } = readEmbeddings(file.name, new Uint8Array(await file.arrayBuffer()));
    const start = performance.now();
    await indexOf(dimensions, documents, (done, total) => { byId('timing').textContent = `Indexing ${file.name}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`; });
    own = true;
    keep();
    byId('own').textContent = `${file.name}: ${documents.length.toLocaleString('en')} vectors of ${dimensions} numbers, indexed in ${milliseconds(performance.now() - start)}. They stay in this page; reload it for the sample.`;
    byId('section-label').hidden = byId('surprise').hidden = true;
    byId('section').value = '';
    byId('query').value = '';
    byId('query').placeholder = 'words of your documents';
    byId('query').removeAttribute('list');
    byId('search-form').hidden = false;
    await similar({ id: documents[0].id });
  } catch (error) {
    byId('timing').replaceChildren(errorText(error));
  }
}

/** What a link asks for. */
export async function apply(state) {
  if (own) return;
  const section = state.get('section') ?? '';
  byId('section').value = [...byId('section').options].some((o) => o.value === section) ? section : '';
  byId('count').value = String(numberOf(state, 'n', 1, 25) ?? 10);
  if (!byId('count').value) byId('count').value = '10';
  byId('query').value = (state.get('q') ?? '').slice(0, 500);
  const doc = sample.docs.find((d) => String(d.id) === state.get('like'));
  if (doc) await similar({ id: String(doc.id), metadata: { name: doc.name } });
  else await search();
}

function listen() {
  byId('search-form').addEventListener('submit', (event) => { event.preventDefault(); search(); });
  for (const id of ['section', 'count']) byId(id).addEventListener('change', search);
  byId('query').addEventListener('input', () => { if (sample?.queries.some((q) => q.text === byId('query').value)) search(); });
  byId('surprise').addEventListener('click', () => { byId('query').value = sample.queries[Math.floor(Math.random() * sample.queries.length)].text; search(); });
  byId('race').addEventListener('click', async () => {
    byId('race').disabled = true;
    try {
      await race(sample);
    } catch (error) {
      byId('race-status').replaceChildren(errorText(error));
    }
    byId('race').disabled = false;
  });
  byId('search-file').addEventListener('change', (event) => { const [file] = event.target.files; event.target.value = ''; if (file) take(file); });
  acceptDrops(byId('search'), take);
}

let listening = false;

export async function open(state) {
  if (!listening) listen();
  listening = true;
  try {
    await loadSampleIndex();
  } catch (error) {
    byId('load-text').replaceChildren('Could not start: ', errorText(error));
    throw error;
  }
  await apply(state);
}
