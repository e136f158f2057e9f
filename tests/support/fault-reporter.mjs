// A reporter of node:test that keeps a line for every finished test whose name bears a row of the fault matrix: what scripts/faults.mjs reads.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowsOf } from './fault-rows.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default async function* faultReporter(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { rows, control } = rowsOf(data.name);
    if (rows.length > 0) yield `${JSON.stringify({ rows, control, ok: type === 'test:pass', name: data.name, file: data.file ? relative(root, data.file) : undefined })}\n`;
  }
}
