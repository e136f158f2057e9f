// Reads the sample (demo/data, or a folder of the same shape).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHalf } from './half.mjs';

export function readSample(folder) {
  const read = (name) => readFileSync(join(folder, name));
  const jsonl = (name) => read(name).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  const truthBytes = read('ground_truth.k10.u32.bin');
  const docs = jsonl('docs.jsonl'), queryTexts = jsonl('queries.jsonl');
  const rows = decodeHalf(read('embeddings.f16.bin')), queries = decodeHalf(read('queries.f16.bin'));
  const dimensions = rows.length / docs.length;
  return { dimensions, docs, queryTexts, rows, queries, k: 10, truth: new Uint32Array(truthBytes.buffer.slice(truthBytes.byteOffset, truthBytes.byteOffset + truthBytes.byteLength)) };
}
