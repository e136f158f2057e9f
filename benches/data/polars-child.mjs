/** Reads the CSV file over and over, once per line of its input, and says how long it took: a process, so that POLARS_MAX_THREADS holds. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { require } from './peers.mjs';

const pl = require('nodejs-polars'), bytes = readFileSync(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'read') continue;
  const start = performance.now(), table = pl.readCSV(bytes), ms = performance.now() - start;
  console.log(JSON.stringify({ ms, rows: table.height }));
}
