// Packs the package once and installs it into copies of the examples, the way a user gets it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const tool = (...path) => join(root, 'tests/packaging/node_modules', ...path);

let packed;
/** @returns {{ tarball: string, files: { path: string, size: number }[], size: number }} */
export function pack() {
  if (packed) return packed;
  const dir = mkdtempSync(join(tmpdir(), 'pack-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const out = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const parsed = JSON.parse(out);
  const [info] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  packed = { tarball: join(dir, info.filename), files: info.files, size: info.size };
  return packed;
}

/**
 * A copy of an example with the tarball installed and nothing else of this repository in reach.
 * @param tools the example's own bundler too; otherwise it comes from tests/packaging
 */
export function installExample(name, { tools = false } = {}) {
  const dir = mkdtempSync(join(tmpdir(), `example-${name}-`));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(root, 'examples', name), dir, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  if (!tools) delete manifest.devDependencies;
  manifest.dependencies['wasm-services'] = `file:${pack().tarball}`;
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  return dir;
}

/** An empty project with the tarball in it. @param links packages of tests/packaging that it finds beside it */
export function installPackage(links = []) {
  const dir = mkdtempSync(join(tmpdir(), 'installed-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: { 'wasm-services': `file:${pack().tarball}` } }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of links) symlinkSync(tool(name), join(dir, 'node_modules', name));
  return dir;
}
