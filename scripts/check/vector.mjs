// Vector search on the sample: its queries' answers compared with the f64 ground truth that lies beside it and with the fallback's, and
// timed against careful JavaScript in the same run.
import { performance } from 'node:perf_hooks';

const MIN_RECALL = 0.995;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Median milliseconds per query over a few rounds. */
async function timeQueries(sample, search, rounds = 5) {
  const n = sample.queryTexts.length, times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let q = 0; q < n; q++) await search(sample.queries.subarray(q * sample.dimensions, (q + 1) * sample.dimensions));
    times.push((performance.now() - start) / n);
  }
  return median(times);
}

async function openService(createVectorSearch, sample, options) {
  const service = createVectorSearch({ dimensions: sample.dimensions, metric: 'cosine', ...options });
  const start = performance.now();
  await service.addVectors(sample.docs.map((d) => `doc-${d.id}`), sample.rows, { metadata: sample.docs.map((d) => ({ name: d.name, section: d.section })) });
  await service.search(sample.queries.subarray(0, sample.dimensions));
  return { service, readyMs: performance.now() - start };
}

/** Share of the true top k found, and queries whose ids differ in any place. */
async function judge(sample, service, options) {
  let found = 0, wrong = 0;
  const results = [];
  for (let q = 0; q < sample.queryTexts.length; q++) {
    const hits = await service.search(sample.queries.subarray(q * sample.dimensions, (q + 1) * sample.dimensions), { maxResults: sample.k, ...options });
    const truth = Array.from(sample.truth.subarray(q * sample.k, (q + 1) * sample.k), (i) => `doc-${i}`);
    const expected = new Set(truth);
    found += hits.filter((h) => expected.has(h.id)).length;
    if (hits.length !== sample.k || hits.some((h, i) => h.id !== truth[i])) wrong++;
    results.push(hits);
  }
  return { recall: found / (sample.queryTexts.length * sample.k), wrong, results };
}

/** Ids and scores, bit for bit. */
const sameHits = (a, b) => a.every((hits, q) => hits.length === b[q].length && hits.every((h, i) => h.id === b[q][i].id && h.score === b[q][i].score));

async function careful(sample) {
  const { default: baseline } = await import('../../benches/baselines/vector.mjs');
  const norm = new Float32Array(sample.rows.length);
  for (let i = 0; i < sample.docs.length; i++) {
    let s = 0;
    for (let j = 0; j < sample.dimensions; j++) s += sample.rows[i * sample.dimensions + j] ** 2;
    for (let j = 0; j < sample.dimensions; j++) norm[i * sample.dimensions + j] = sample.rows[i * sample.dimensions + j] / Math.sqrt(s);
  }
  const index = await baseline.build(norm, sample.dimensions, 'cosine', {}, {});
  return timeQueries(sample, (q) => index.search(q, sample.k));
}

/** @returns {Promise<string[]>} what is wrong */
export async function checkVectors(sample) {
  const { createVectorSearch } = await import('wasm-services');
  const problems = [];
  console.log(`\nVector search over ${sample.docs.length} package descriptions x ${sample.dimensions} dimensions, ${sample.queryTexts.length} queries, top ${sample.k}\n`);

  const best = await openService(createVectorSearch, sample, {});
  const { info } = best.service;
  console.log(`  chosen    ${info.variant} (${info.host}, ${info.threads} thread${info.threads === 1 ? '' : 's'}), index: ${info.index}\n  because   ${info.reason}`);
  for (const r of info.rejected) console.log(`  not ${r.variant.padEnd(14)} ${r.reason}`);

  const auto = await judge(sample, best.service, {});
  const exact = await judge(sample, best.service, { exact: true });
  const js = await openService(createVectorSearch, sample, { implementation: 'js' });
  const fallback = await judge(sample, js.service, { exact: true });
  if (auto.recall < MIN_RECALL) problems.push(`recall@${sample.k} of the default search is ${auto.recall.toFixed(4)}, must be at least ${MIN_RECALL}`);
  if (exact.wrong) problems.push(`exact search differs from the f64 ground truth on ${exact.wrong} of ${sample.queryTexts.length} queries`);
  if (fallback.wrong) problems.push(`the JavaScript fallback differs from the f64 ground truth on ${fallback.wrong} queries`);
  if (!sameHits(exact.results, fallback.results)) problems.push(`${info.variant} and the JavaScript fallback give different ids or scores for exact search`);

  const baseline = await careful(sample);
  const rows = [
    ['careful JavaScript (baseline)', 1, baseline],
    [`${info.variant}, default`, auto.recall, await timeQueries(sample, (q) => best.service.search(q, { maxResults: sample.k }))],
    [`${info.variant}, exact`, exact.recall, await timeQueries(sample, (q) => best.service.search(q, { maxResults: sample.k, exact: true }))],
    ['js fallback, exact', fallback.recall, await timeQueries(sample, (q) => js.service.search(q, { maxResults: sample.k, exact: true }), 3)],
  ];
  console.log(`\n  ${'search'.padEnd(34)}recall@${sample.k}   ms/query   x careful JS`);
  for (const [name, recall, ms] of rows) console.log(`  ${name.padEnd(34)}${recall.toFixed(4)}      ${ms.toFixed(4)}     ${(baseline / ms).toFixed(1)}x`);
  console.log(`\n  data in and first answer after ${best.readyMs.toFixed(0)} ms (${info.variant}), ${js.readyMs.toFixed(0)} ms (js)\n`);
  await best.service.dispose();
  await js.service.dispose();
  if (!problems.length) console.log('  ✓ every answer agrees with the f64 ground truth');
  return problems;
}
