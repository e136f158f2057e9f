/**
 * Runs files of SQLite's sqllogictest format (`.test`) through the package.
 *
 *     node tests/sqllogictest/run.mjs                        the repository's own files, on WebAssembly and on the JavaScript fallback
 *     node tests/sqllogictest/run.mjs FILE…                  any public file, as it is
 *         --implementation js|simd    which engine (default: the best there is)
 *         --show N                    failures to print per file (default 5)
 *
 * Closes with `N passed, N failed`; exit code 1 when a record failed. Each file gets a database of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSQLiteUtils } from 'wasm-services';
import { runFile } from './runner.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { implementation: { type: 'string' }, show: { type: 'string', default: '5' } } });
const own = new URL('./files/', import.meta.url);
/** FTS5 and R-Tree, which sql.js was built without: tests/conformance/sqlite-unsupported.json. */
const ONLY_WASM = 'extensions.test';

const ownFiles = () => readdirSync(own).filter((name) => name.endsWith('.test')).sort();
const pathOf = (name) => relative(process.cwd(), fileURLToPath(new URL(name, own)));
const runs = positionals.length > 0 ? positionals.map((file) => [file, values.implementation ?? 'auto'])
  : values.implementation !== undefined ? ownFiles().map((name) => [pathOf(name), values.implementation])
    : ['simd', 'js'].flatMap((implementation) => ownFiles().filter((name) => implementation !== 'js' || name !== ONLY_WASM).map((name) => [pathOf(name), implementation]));

let passed = 0;
let failed = 0;
for (const [file, implementation] of runs) {
  const db = createSQLiteUtils({ implementation, host: 'inline' });
  const result = await runFile(db, readFileSync(file, 'utf8'));
  const { engine } = db.info;
  await db.dispose();
  passed += result.passed;
  failed += result.failures.length;
  console.log(`${file} (${engine}): ${result.passed} passed, ${result.failures.length} failed${result.skipped > 0 ? `, ${result.skipped} of other engines` : ''}`);
  for (const { line, sql, why } of result.failures.slice(0, Number(values.show))) console.log(`  ✗ ${file}:${line}: ${why}\n      ${sql.replace(/\s+/g, ' ').slice(0, 200)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
