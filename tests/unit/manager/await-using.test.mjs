// `await using` over a service and a manager: compiles for a consumer whose lib names no disposables, and disposes when the block ends.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createVectorSearch } from 'wasm-services';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const CONSUMER = `import { createVectorSearch, createWASMServices, type VectorSearchWASM } from 'wasm-services';
const seen: string[] = [];
let kept: VectorSearchWASM;
{
  await using services = createWASMServices();
  await services.initialize();
  await using vectors = createVectorSearch({ implementation: 'js', host: 'inline' });
  await vectors.addVectors(['a'], Float32Array.of(1, 0));
  seen.push((await vectors.search([1, 0]))[0].id);
  kept = vectors;
}
await kept.count().catch((error: { code: string }) => { seen.push(error.code); });
console.log(seen.join(' '));
`;

/** @returns what tsc says, and the folder with what it made */
function compile(t, source) {
  const folder = mkdtempSync(join(tmpdir(), 'wasm-services-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/wasm-services'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.ts'), source);
  const flags = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', ''];
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, join(folder, 'main.ts')], { cwd: folder, encoding: 'utf8' });
  return { folder, status, said: stdout };
}

test('a consumer compiles it without a lib of its own for disposables, and the block disposes', (t) => {
  const { folder, status, said } = compile(t, CONSUMER);
  assert.equal(status, 0, said);
  assert.equal(execFileSync(process.execPath, [join(folder, 'main.js')], { encoding: 'utf8' }).trim(), 'a DISPOSED');
});

test('control: what has no such method is refused by the same compiler', (t) => {
  const { status, said } = compile(t, "import 'wasm-services';\nawait using nothing = { free() {} };\n");
  assert.notEqual(status, 0);
  assert.match(said, /await using/);
});

test('a service disposes through the symbol as through dispose(), also twice', async () => {
  const vectors = createVectorSearch({ implementation: 'js', host: 'inline' });
  await vectors.addVectors(['a'], Float32Array.of(1, 0));
  await vectors[Symbol.asyncDispose]();
  await vectors[Symbol.asyncDispose]();
  await assert.rejects(vectors.count(), { code: 'DISPOSED' });
});
