/** Cells in server runtimes: a child process that prints its results line by line, so a crash loses only what came after it. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hosts } from './hosts.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = fileURLToPath(new URL('../process-cell.mjs', import.meta.url));
const CELL_TIMEOUT_MS = 600_000;

const BEFORE = { deno: ['run', '-A', '--no-prompt'] };

/** `disable-wasm` as the variant runs the JavaScript implementation under DISABLE_WASM=true. */
export async function runProcessCell(host, variant, only) {
  const results = [];
  let ended = false;
  const disabled = variant === 'disable-wasm';
  const args = [...(BEFORE[host] ?? []), entry, '--host', host, '--variant', disabled ? 'js' : variant, ...(only === undefined ? [] : ['--case', only])];
  const { status, errors } = await start(hosts[host], args, { DISABLE_WASM: disabled ? 'true' : '' }, (line) => {
    if (line.startsWith('CASE ')) results.push(JSON.parse(line.slice(5)));
    else if (line === 'END') ended = true;
  });
  return { results, ...(!(ended && status === 0) && { error: `exit ${status} after ${results.at(-1)?.name ?? 'no case'}: ${errors}` }) };
}

/** `bun test` from the repository's root, as a user runs it; its JUnit report says what ran. */
export async function runBunTest(variant, serviceOf) {
  const folder = await mkdtemp(join(tmpdir(), 'wasm-services-bun-'));
  const file = join(folder, 'junit.xml');
  const { status, errors } = await start(hosts.bun, ['test', '--reporter=junit', `--reporter-outfile=${file}`], { DISABLE_WASM: variant === 'disable-wasm' ? 'true' : '' });
  const xml = await readFile(file, 'utf8').catch(() => '');
  await rm(folder, { recursive: true, force: true });
  const results = [];
  for (const [, attributes, closed] of xml.matchAll(/<testcase ([^>]*?)(\/?)>/g)) {
    const name = unescapeXML(/ ?name="([^"]*)"/.exec(attributes)[1]).replace(/^.* › /, '');
    if (serviceOf(name)) results.push({ service: serviceOf(name), name, ok: closed === '/', ...(closed !== '/' && { error: 'failed under `bun test`' }) });
  }
  return { results, ...(status !== 0 && !results.some((r) => !r.ok) && { error: `bun test: exit ${status}: ${errors}` }) };
}

const unescapeXML = (text) => text.replace(/&(lt|gt|quot|apos|amp|#x?[0-9a-f]+);/gi, (_, e) =>
  ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[e] ?? String.fromCodePoint(e[1] === 'x' ? parseInt(e.slice(2), 16) : +e.slice(1)));

/** Runs a process in the repository's root; lines of its output go to `onLine`, the last of everything else comes back as `errors`. */
async function start(locate, args, environment, onLine = () => {}) {
  let child, errors = '', rest = '';
  try { child = spawn(locate(), args, { cwd: root, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] }); }
  catch (error) { return { status: -1, errors: error.message }; }
  const timer = setTimeout(() => { errors += `\nnothing after ${CELL_TIMEOUT_MS / 1000} s`; child.kill('SIGKILL'); }, CELL_TIMEOUT_MS);
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(onLine);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => { errors += chunk; });
  const status = await new Promise((resolve) => {
    child.on('error', (error) => { errors += error.message; resolve(-1); });
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  onLine(rest);
  return { status, errors: errors.trim().split('\n').slice(-12).join(' | ') };
}
