/** The dashboard's first page. Imports the public package only. */
import { createWASMServices, wasmDetector } from 'wasm-services';
import { byId, element } from './dom.js';
import { loadSample } from './sample.js';
import { showCapabilities, showChoice } from './capabilities.js';
import { race } from './race.js';
import { startSqlPanel } from './sql/panel.js';

const services = createWASMServices();
let sample, vectors;

const options = () => ({ maxResults: Number(byId('count').value), ...(byId('section').value && { filters: { section: byId('section').value } }) });

function show(hits, ms, what) {
  byId('timing').textContent = `${hits.length} result${hits.length === 1 ? '' : 's'} ${what} in ${ms < 0.1 ? 'under 0.1' : ms.toFixed(1)} ms`;
  byId('results').replaceChildren(...hits.map((hit) => element('li', { 'data-id': hit.id },
    element('span', { class: 'name' }, hit.metadata.name), ' ', element('span', { class: 'meta' }, `${hit.metadata.section} · score ${hit.score.toFixed(3)}`),
    element('button', { type: 'button', onclick: () => similar(hit) }, 'similar to this'),
    element('div', {}, hit.content))));
}

async function answer(what, call) {
  try {
    const start = performance.now();
    const hits = await call();
    show(hits, performance.now() - start, what);
  } catch (error) {
    byId('timing').replaceChildren(element('span', { class: 'error' }, `${error.code}: ${error.message}`));
  }
}

function similar(hit) {
  byId('mode').textContent = `by meaning (the vector of ${hit.metadata.name})`;
  return answer(`similar to ${hit.metadata.name}`, () => vectors.findSimilar(hit.id, options()));
}

/** A sample query brings its own vector: meaning and words together. Anything else is searched by its words. */
function search() {
  const text = byId('query').value.trim();
  if (!text) return;
  const known = sample.queries.findIndex((q) => q.text === text);
  byId('mode').textContent = known >= 0 ? 'by meaning (the query has a vector)' : 'by words (BM25)';
  return known >= 0
    ? answer('by meaning', () => vectors.search(sample.queryVector(known), options()))
    : answer('by words', () => vectors.searchByText(text, options()));
}

async function start() {
  showCapabilities(await wasmDetector.detectCapabilities());
  const progress = byId('load-progress');
  sample = await loadSample((share) => { progress.value = share * 0.5; });
  startSqlPanel(sample); // in its own worker, beside the index
  byId('load-text').textContent = `Indexing ${sample.docs.length.toLocaleString('en')} descriptions…`;
  await services.initialize({ vectorSearch: { dimensions: sample.dimensions } });
  vectors = services.getVectorSearch();
  const documents = sample.docs.map((d, i) => ({ id: String(d.id), content: d.text, embedding: sample.rows.subarray(i * sample.dimensions, (i + 1) * sample.dimensions), metadata: { name: d.name, section: d.section } }));
  await vectors.addDocuments(documents, { onProgress: (done, total) => { progress.value = 0.5 + done / total / 2; } });
  await vectors.search(sample.queryVector(0));
  showChoice(vectors.info);

  const sections = [...new Set(sample.docs.map((d) => d.section))].sort();
  byId('section').append(...sections.map((s) => element('option', { value: s }, s)));
  byId('sample-queries').append(...sample.queries.map((q) => element('option', { value: q.text })));
  byId('loading').hidden = true;
  byId('search-form').hidden = false;
  byId('race').disabled = false;
}

byId('search-form').addEventListener('submit', (event) => { event.preventDefault(); search(); });
for (const id of ['section', 'count']) byId(id).addEventListener('change', search);
byId('query').addEventListener('input', () => { if (sample?.queries.some((q) => q.text === byId('query').value)) search(); });
byId('surprise').addEventListener('click', () => { byId('query').value = sample.queries[Math.floor(Math.random() * sample.queries.length)].text; search(); });
byId('race').addEventListener('click', async () => {
  byId('race').disabled = true;
  try {
    await race(sample);
  } catch (error) {
    byId('race-status').replaceChildren(element('span', { class: 'error' }, `${error.code ?? error.name}: ${error.message}`));
  }
  byId('race').disabled = false;
});
addEventListener('pagehide', () => services.cleanup());

start().catch((error) => {
  byId('load-text').textContent = `Could not start: ${error.code ? `${error.code}: ` : ''}${error.message}`;
  byId('load-text').className = 'error';
});
