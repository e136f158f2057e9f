/** One cell in a server runtime: a child process that prints its results line by line, so a crash loses only what came after it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hosts } from './hosts.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = fileURLToPath(new URL('../process-cell.mjs', import.meta.url));
const CELL_TIMEOUT_MS = 300_000;

const BEFORE = { deno: ['run', '-A', '--no-prompt'] };

export async function runProcessCell(host, variant, only, environment = {}) {
  const results = [];
  let ended = false, errors = '';
  const args = [...(BEFORE[host] ?? []), entry, '--host', host, '--variant', variant, ...(only === undefined ? [] : ['--case', only])];
  let child;
  try { child = spawn(hosts[host](), args, { cwd: root, env: { ...process.env, DISABLE_WASM: '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] }); }
  catch (error) { return { results, error: error.message }; }
  const timer = setTimeout(() => { errors += `\nnothing after ${CELL_TIMEOUT_MS / 1000} s`; child.kill('SIGKILL'); }, CELL_TIMEOUT_MS);
  let rest = '';
  const line = (text) => {
    if (text.startsWith('CASE ')) results.push(JSON.parse(text.slice(5)));
    else if (text === 'END') ended = true;
    else if (text) errors += `\n${text}`;
  };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(line);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => { errors += chunk; });
  const status = await new Promise((resolve) => {
    child.on('error', (error) => { errors += error.message; resolve(-1); });
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  line(rest);
  if (ended && status === 0) return { results };
  return { results, error: `exit ${status} after ${results.at(-1)?.name ?? 'no case'}: ${errors.trim().split('\n').slice(-15).join(' | ')}` };
}
