// Aggregation of the sample: the packages' sections and sizes read from their JSON lines into a resident table, grouped, and the same by
// rows in one call; every answer compared with a plain loop over the parsed lines and with the fallback's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const PLAN = {
  groupBy: ['section'],
  operations: [
    { field: '*', operation: 'count', alias: 'packages' },
    { field: 'download_bytes', operation: 'sum', alias: 'bytes' },
    { field: 'download_bytes', operation: 'median', alias: 'median' },
    { field: 'installed_kib', operation: 'max', alias: 'largest' },
    { field: 'name', operation: 'first', alias: 'first' },
  ],
  where: 'installed_kib >= 16',
  having: 'packages > 2',
  orderBy: [{ field: 'bytes', descending: true }, { field: 'section' }],
};

/** The same by a plain loop. */
function expected(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!(row.installed_kib >= 16)) continue;
    const group = groups.get(row.section) ?? { section: row.section, sizes: [], largest: -Infinity, first: row.name };
    group.sizes.push(row.download_bytes);
    group.largest = Math.max(group.largest, row.installed_kib);
    groups.set(row.section, group);
  }
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...groups.values()].filter(({ sizes }) => sizes.length > 2).map(({ section, sizes, largest, first }) => {
    const sorted = sizes.slice().sort((a, b) => a - b), half = sorted.length >> 1;
    const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return { section, packages: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0), median, largest, first };
  }).sort((a, b) => b.bytes - a.bytes || order(a.section, b.section));
}

/** Median milliseconds of about a quarter second of runs. */
async function medianMs(work) {
  const times = [], started = performance.now();
  do {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  } while (times.length < 200 && performance.now() - started < 250);
  return times.sort((a, b) => a - b)[times.length >> 1];
}

async function measure(processor, bytes, rows) {
  const start = performance.now();
  const table = await processor.load(bytes, { format: 'ndjson' });
  const loadMs = performance.now() - start;
  const resident = await (await table.aggregate(PLAN)).toRows();
  const once = await processor.aggregate(rows, PLAN);
  const residentMs = await medianMs(async () => { (await table.aggregate(PLAN)).free(); });
  const onceMs = await medianMs(() => processor.aggregate(rows, PLAN));
  return { variant: processor.info.variant, table, loadMs, resident, once, residentMs, onceMs };
}

/** Gives what did not hold. */
export async function checkData(folder) {
  const { createDataProcessor } = await import('wasm-services/data');
  const bytes = new Uint8Array(readFileSync(join(folder, 'docs.jsonl')));
  const rows = new TextDecoder().decode(bytes).trimEnd().split('\n').map((line) => JSON.parse(line));
  const wanted = JSON.stringify(expected(rows));
  const problems = [];
  const best = createDataProcessor(), fallback = createDataProcessor({ implementation: 'js' });
  try {
    const results = [await measure(best, bytes, rows)];
    if (results[0].variant !== 'js') results.push(await measure(fallback, bytes, rows));
    console.log(`\nData: ${rows.length} packages by section, ${results[0].resident.length} groups`);
    console.log('  implementation   load NDJSON ms   resident group-by ms   one call on rows ms');
    for (const { variant, loadMs, resident, once, residentMs, onceMs } of results) {
      console.log(`  ${variant.padEnd(14)} ${loadMs.toFixed(1).padStart(16)} ${residentMs.toFixed(3).padStart(22)} ${onceMs.toFixed(3).padStart(21)}`);
      if (JSON.stringify(resident) !== wanted) problems.push(`data (${variant}): the resident group-by differs from a plain loop`);
      if (JSON.stringify(once.data) !== wanted) problems.push(`data (${variant}): the group-by of rows in one call differs from a plain loop`);
    }
    console.log(`  rows in one call: ${results[0].once.metadata.implementation}, ${results[0].once.metadata.reason}`);
    const [{ section, packages, bytes: size }] = results[0].resident;
    console.log(`  most bytes: section ${section}, ${packages} packages, ${(size / 2 ** 20).toFixed(0)} MiB`);
    const arrow = await best.load(await results[0].table.toArrow());
    if (JSON.stringify(await (await arrow.aggregate(PLAN)).toRows()) !== wanted) problems.push('data: a table that went through Arrow gives another answer');
    const packed = await best.compress(bytes, { algorithm: 'gzip' });
    const { data } = await best.decompress(packed.data);
    if (Buffer.compare(data, bytes) !== 0) problems.push('data: what was compressed comes back otherwise');
    console.log(`  gzip: ${(packed.metadata.compressionRatio * 100).toFixed(0)} % of ${(bytes.length / 2 ** 20).toFixed(1)} MiB in ${packed.metadata.durationMs.toFixed(0)} ms`);
  } finally {
    await Promise.all([best.dispose(), fallback.dispose()]);
  }
  return problems;
}
