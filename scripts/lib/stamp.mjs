// Content stamps: a step is skipped when a hash over everything it reads equals the one stored after its last success.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './proc.mjs';

function* files(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) { yield path; return; }
  for (const entry of readdirSync(path).sort()) {
    if (entry !== 'node_modules' && entry !== 'target') yield* files(join(path, entry));
  }
}

/** SHA-256 over the content of files and folders (relative to the repository) and further strings. */
export function hashOf(paths, ...extra) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of files(join(root, path))) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  for (const text of extra) hash.update(text).update('\0');
  return hash.digest('hex');
}

const stampFile = (name) => join(root, 'build', 'stamps', name);

/** True when step `name` last succeeded with this hash and all its outputs still stand. */
export const isFresh = (name, hash, outputs = []) =>
  existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === hash && outputs.every((o) => existsSync(join(root, o)));

export function markFresh(name, hash) {
  mkdirSync(dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), hash);
}
