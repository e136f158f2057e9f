// Small process helpers shared by the scripts: run a command with a readable log line, stop with one sentence when something is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Ends the script with a sentence that says what to do. */
export function stop(message) {
  console.error(`\n✗ ${message}\n`);
  process.exit(1);
}

/** Runs a command and inherits its output; stops the script when it fails, unless `optional`. */
export function run(command, args, { cwd = root, env = {}, optional = false, quiet = false, label } = {}) {
  if (!quiet) console.log(`• ${label ?? [command, ...args].join(' ')}`);
  const result = spawnSync(command, args, {
    cwd, env: { ...process.env, ...env }, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28,
  });
  const ok = result.status === 0;
  if (!ok && !optional) {
    if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    stop(result.error?.code === 'ENOENT' ? `${command} is not installed` : `${label ?? command} failed (${result.error?.message ?? `exit ${result.status ?? result.signal}`})`);
  }
  return { ok, stdout: result.stdout ?? '', stderr: result.stderr ?? '', status: result.status };
}

/** The output of a command, or undefined when it is missing or fails. */
export function capture(command, args, options = {}) {
  const r = run(command, args, { quiet: true, optional: true, ...options });
  return r.ok ? r.stdout.trim() : undefined;
}

/** Full path of a program on PATH, or undefined. */
export function which(name) {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    if (dir && existsSync(join(dir, name))) return join(dir, name);
  }
  return undefined;
}
