/** Reads the sources that the architecture tests judge. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED = new Set(['node_modules', 'target', 'dist', 'build', 'pkg', '.git', 'glue']);

/** Paths (relative to the root, with /) of the files under `folder` whose names match. */
export function files(folder, pattern) {
  const walk = (directory) => readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith('target') ? [] : walk(path);
    return pattern.test(entry.name) ? [relative(root, path).split(sep).join('/')] : [];
  });
  return walk(join(root, folder)).sort();
}

export const read = (path) => readFileSync(join(root, path), 'utf8');

/** The code without comments, and with string contents kept (a path in a string is what some rules look for). */
export const withoutComments = (text) =>
  text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (_, string) => string ?? '');

/** The code without comments and without the contents of plain strings. */
export const codeOnly = (text) => withoutComments(text).replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

/** What a TypeScript file imports: `{ from, target, typeOnly }`, relative targets resolved to paths under the root. */
export function imports(path) {
  const found = [];
  for (const [, statement, kind, specifier, dynamic] of withoutComments(read(path)).matchAll(/^\s*((?:import|export)\b(\s+type\b)?[^;'"]*?(?:from\s*)?)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm)) {
    const name = specifier ?? dynamic;
    if (statement !== undefined && !/\bfrom\s*$/.test(statement) && !/^import\s*$/.test(statement.trim())) continue;
    const target = name.startsWith('.') ? join(dirname(path), name).split(sep).join('/').replace(/\.js$/, '.ts') : name;
    const names = /\{([^}]*)\}/.exec(statement ?? '')?.[1].split(',').map((n) => n.trim()).filter(Boolean);
    found.push({ from: path, target, typeOnly: kind !== undefined || (names !== undefined && names.length > 0 && names.every((n) => n.startsWith('type '))) });
  }
  return found;
}
