/**
 * Runs files of SQLite's sqllogictest format (`.test`) through the package.
 *
 *     node tests/sqllogictest/run.mjs                        the repository's own files
 *     node tests/sqllogictest/run.mjs FILE…                  any public file, as it is
 *         --implementation js|simd    which engine (default: the best there is)
 *         --show N                    failures to print per file (default 5)
 *
 * Closes with `N passed, N failed`; exit code 1 when a record failed. Each file gets a database of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSQLiteUtils } from 'wasm-services';
import { runFile } from './runner.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { implementation: { type: 'string', default: 'auto' }, show: { type: 'string', default: '5' } } });
const own = new URL('./files/', import.meta.url);
const files = positionals.length > 0 ? positionals : readdirSync(own).filter((name) => name.endsWith('.test')).sort().map((name) => fileURLToPath(new URL(name, own)));

let passed = 0;
let failed = 0;
for (const file of files) {
  const db = createSQLiteUtils({ implementation: values.implementation, host: 'inline' });
  const result = await runFile(db, readFileSync(file, 'utf8'));
  await db.dispose();
  passed += result.passed;
  failed += result.failures.length;
  console.log(`${file}: ${result.passed} passed, ${result.failures.length} failed${result.skipped > 0 ? `, ${result.skipped} of other engines` : ''}`);
  for (const { line, sql, why } of result.failures.slice(0, Number(values.show))) console.log(`  ✗ ${file}:${line}: ${why}\n      ${sql.replace(/\s+/g, ' ').slice(0, 200)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
