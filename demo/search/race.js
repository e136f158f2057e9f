/** Runs the sample's queries through every implementation that this browser can run, and compares the exact answers first. */
import { createVectorSearch } from 'wasm-services';
import { byId, element } from '../dom.js';

const VARIANTS = ['js', 'simd', 'relaxed-simd', 'simd-threads'];
const K = 10;

async function open(sample, implementation) {
  const service = createVectorSearch({ dimensions: sample.dimensions, implementation });
  try {
    await service.addVectors(sample.docs.map((d) => String(d.id)), sample.rows);
    await service.search(sample.queryVector(0));
    return service;
  } catch (error) {
    await service.dispose();
    throw error;
  }
}

/** All queries in one call: pages have clocks of 5 µs to 1 ms, so a batch is timed, never one query. */
async function time(service, sample, options) {
  const samples = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await service.searchBatch(sample.queryRows, { maxResults: K, ...options });
    samples.push((performance.now() - start) / sample.queries.length);
  }
  return samples.sort((a, b) => a - b)[1];
}

const same = (a, b) => a.every((hits, q) => hits.length === b[q].length && hits.every((h, i) => h.id === b[q][i].id && h.score === b[q][i].score));
const recall = (hits, truth) => hits.reduce((sum, list, q) => sum + list.filter((h) => truth[q].some((t) => t.id === h.id)).length, 0) / truth.flat().length;

export async function race(sample) {
  const body = byId('race-table').tBodies[0];
  body.replaceChildren();
  byId('race-table').hidden = false;
  let truth, baseline;
  for (const variant of VARIANTS) {
    byId('race-status').textContent = `Running ${variant}…`;
    let service;
    try {
      service = await open(sample, variant);
    } catch (error) {
      body.append(element('tr', { 'data-variant': variant }, element('th', { scope: 'row' }, variant), element('td', { colspan: 4 }, `not here: ${error.message}`)));
      continue;
    }
    const exact = await service.searchBatch(sample.queryRows, { maxResults: K, exact: true });
    truth ??= exact;
    const verdict = same(exact, truth) ? 'equal' : 'DIFFERENT';
    const exactMs = await time(service, sample, { exact: true });
    baseline ??= exactMs;
    const row = (kind, ms, answers) => element('tr', { 'data-variant': variant, 'data-answers': answers },
      element('th', { scope: 'row' }, variant), element('td', {}, kind), element('td', {}, ms.toFixed(3)), element('td', {}, `${(baseline / ms).toFixed(1)}x`), element('td', {}, answers));
    body.append(row('exact', exactMs, verdict));
    if (variant !== 'js') {
      const hits = await service.searchBatch(sample.queryRows, { maxResults: K });
      body.append(row(`default (${service.info.index})`, await time(service, sample, {}), `recall ${recall(hits, truth).toFixed(4)}`));
    }
    await service.dispose();
  }
  byId('race-status').textContent = 'Finished.';
}
