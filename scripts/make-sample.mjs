#!/usr/bin/env node
// Makes demo/data (the sample that `npm start` and its check run on) from the full debian-minilm set:
//   node scripts/make-sample.mjs PATH_TO_DEBIAN_MINILM
// Takes the first documents and queries and computes the exact cosine top 10 in f64 by the plainest loop there is, so that the
// ground truth owes nothing to the code it judges.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, stop } from './lib/proc.mjs';
import { decodeHalf } from './lib/half.mjs';

const DOCS = 5000, QUERIES = 200, DIM = 384, K = 10;
const source = process.argv[2] ?? stop('say where the data set is: node scripts/make-sample.mjs PATH');
const target = join(root, 'demo/data');
mkdirSync(target, { recursive: true });

const cut = (file, count) => readFileSync(join(source, file)).subarray(0, count * DIM * 2);
const lines = (file, count) => readFileSync(join(source, file), 'utf8').split('\n').slice(0, count);
const docBytes = cut('embeddings.f16.bin', DOCS), queryBytes = cut('queries.f16.bin', QUERIES);
const docs = decodeHalf(docBytes), queries = decodeHalf(queryBytes);

const norm = (v, at) => { let s = 0; for (let j = 0; j < DIM; j++) s += v[at + j] * v[at + j]; return Math.sqrt(s); };
const docNorms = Float64Array.from({ length: DOCS }, (_, i) => norm(docs, i * DIM));
const truth = new Uint32Array(QUERIES * K);
for (let q = 0; q < QUERIES; q++) {
  const qn = norm(queries, q * DIM);
  const scored = Array.from({ length: DOCS }, (_, i) => {
    let s = 0;
    for (let j = 0; j < DIM; j++) s += queries[q * DIM + j] * docs[i * DIM + j];
    return { i, s: s / (qn * docNorms[i]) };
  });
  scored.sort((a, b) => b.s - a.s || a.i - b.i);
  for (let k = 0; k < K; k++) truth[q * K + k] = scored[k].i;
}
writeFileSync(join(target, 'embeddings.f16.bin'), docBytes);
writeFileSync(join(target, 'queries.f16.bin'), queryBytes);
writeFileSync(join(target, 'ground_truth.k10.u32.bin'), new Uint8Array(truth.buffer));
writeFileSync(join(target, 'docs.jsonl'), `${lines('docs.jsonl', DOCS).join('\n')}\n`);
writeFileSync(join(target, 'queries.jsonl'), `${lines('queries.jsonl', QUERIES).join('\n')}\n`);
console.log(`demo/data: ${DOCS} documents, ${QUERIES} queries, exact top ${K} of each`);
