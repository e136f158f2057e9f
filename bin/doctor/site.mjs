// A site from outside: its headers, its Content-Security-Policy, and the .wasm files that its scripts name.
import { CSP_DIRECTIVES } from '../../dist/headers.js';

/** Enough for an application's entry and its chunks; a crawl of the whole is not the point. */
const MOST_SCRIPTS = 40;
const TIMEOUT_MS = 15_000;

const get = (url) => fetch(url, { redirect: 'follow', signal: AbortSignal.timeout(TIMEOUT_MS) });

/** A policy as directive -> sources; several headers and commas are several policies, each of which must allow it. */
export function parsePolicies(header) {
  return (header ?? '').split(',').map((policy) => new Map(policy.split(';').map((part) => part.trim().split(/\s+/)).filter(([name]) => name).map(([name, ...sources]) => [name.toLowerCase(), sources])))
    .filter((policy) => policy.size > 0);
}

export function checkPolicy(header, checks) {
  const policies = parsePolicies(header);
  if (policies.length === 0) { checks.push({ state: 'ok', what: 'no Content-Security-Policy: nothing is forbidden' }); return; }
  const sourcesOf = (policy, ...names) => names.map((name) => policy.get(name)).find((sources) => sources !== undefined);
  for (const policy of policies) {
    const scripts = sourcesOf(policy, 'script-src', 'default-src');
    if (scripts && !scripts.includes("'wasm-unsafe-eval'") && !scripts.includes("'unsafe-eval'")) {
      checks.push({ state: 'problem', what: 'the Content-Security-Policy forbids WebAssembly: JavaScript would answer', fix: `add 'wasm-unsafe-eval': script-src ${CSP_DIRECTIVES['script-src'].join(' ')}` });
    } else checks.push({ state: 'ok', what: 'the Content-Security-Policy allows WebAssembly' });
    const open = (sources) => !sources || sources.some((s) => s === "'self'" || s === '*' || /^https?:/.test(s) || s === "'strict-dynamic'");
    if (!open(sourcesOf(policy, 'worker-src', 'child-src', 'script-src', 'default-src'))) checks.push({ state: 'problem', what: "its worker-src forbids the package's workers: services would run on the page", fix: `worker-src ${CSP_DIRECTIVES['worker-src'].join(' ')}` });
    if (!open(sourcesOf(policy, 'connect-src', 'default-src'))) checks.push({ state: 'problem', what: 'its connect-src forbids fetching the .wasm files', fix: `connect-src ${CSP_DIRECTIVES['connect-src'].join(' ')}` });
  }
}

export function checkIsolation(headers, url, checks) {
  const value = (name) => (headers.get(name) ?? '').split(';')[0].trim().toLowerCase();
  const secure = url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (!secure) checks.push({ state: 'problem', what: 'plain http: no threads, no OPFS, no integrity check', fix: 'serve it over https' });
  const opener = value('cross-origin-opener-policy'), embedder = value('cross-origin-embedder-policy'), document = value('document-isolation-policy');
  if (opener === 'same-origin' && ['require-corp', 'credentialless'].includes(embedder)) checks.push({ state: 'ok', what: `isolated (${embedder}): threads run${embedder === 'credentialless' ? ', but not in Safari' : ''}` });
  else if (document.startsWith('isolate-')) checks.push({ state: 'ok', what: `isolated (Document-Isolation-Policy: ${document}): threads run in Chromium` });
  else {
    const said = [opener && `Cross-Origin-Opener-Policy: ${opener}`, embedder && `Cross-Origin-Embedder-Policy: ${embedder}`].filter(Boolean).join(', ');
    checks.push({ state: 'advice', what: `not isolated (${said || 'no such header'}): everything works, on one thread`, fix: 'npx wasm-services headers --for … prints the headers that give it threads' });
  }
}

async function checkFile(file, checks) {
  const response = await get(file).catch((error) => ({ failed: error.cause?.message ?? error.message }));
  if (response.failed) { checks.push({ state: 'problem', what: `${file}: ${response.failed}` }); return; }
  const type = (response.headers.get('content-type') ?? 'no type').split(';')[0];
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) checks.push({ state: 'problem', what: `${file}: status ${response.status}`, fix: 'publish the file there, or name its place by the option `wasm` (docs/bundlers.md)' });
  else if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) checks.push({ state: 'problem', what: `${file}: is no WebAssembly (it came as ${type})`, fix: type === 'text/html' ? 'the server answers unknown paths with a page: publish the file' : 'look at what rewrites it on the way' });
  else if (type !== 'application/wasm') checks.push({ state: 'advice', what: `${file}: served as ${type}, so it compiles only when it has come`, fix: 'serve .wasm as application/wasm' });
  else checks.push({ state: 'ok', what: `${file}: ${(bytes.length / 1000).toFixed(0)} kB, application/wasm` });
}

/** URLs of scripts that a text names, and of .wasm files. */
function namedIn(text, base) {
  const found = { scripts: [], wasm: [] };
  for (const [, , name] of text.matchAll(/(["'`])([^"'`\s<>]+\.(?:m?js|wasm))(?:\?[^"'`\s]*)?\1/g)) {
    try {
      const url = new URL(name, base);
      if (url.origin === new URL(base).origin) found[url.pathname.endsWith('.wasm') ? 'wasm' : 'scripts'].push(url.href);
    } catch { /* no URL after all */ }
  }
  return found;
}

export async function inspectSite(url) {
  const checks = [];
  let response;
  try {
    response = await get(url);
  } catch (error) {
    return { title: url.href, url: url.href, checks: [{ state: 'problem', what: `could not be reached: ${error.cause?.message || error.cause?.code || error.message}`, fix: 'check the address and the network' }] };
  }
  if (!response.ok) checks.push({ state: 'problem', what: `the server answered ${response.status}` });
  const at = new URL(response.url);
  checkIsolation(response.headers, at, checks);
  const html = await response.text();
  // What a page may say of itself counts beside the header.
  const meta = /<meta[^>]+http-equiv=["']?content-security-policy["']?[^>]*content="([^"]*)"/i.exec(html)?.[1];
  checkPolicy([response.headers.get('content-security-policy'), meta].filter(Boolean).join(','), checks);

  const seen = new Set(), wasm = new Set();
  const queue = [];
  const add = ({ scripts, wasm: files }) => { queue.push(...scripts); for (const file of files) wasm.add(file); };
  for (const [, src] of html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)=["']?([^"'\s>]+\.m?js)\b/gi)) add(namedIn(`"${src}"`, at));
  while (queue.length && seen.size < MOST_SCRIPTS) {
    const script = queue.shift();
    if (seen.has(script)) continue;
    seen.add(script);
    const answer = await get(script).catch(() => undefined);
    if (answer?.ok && /javascript/.test(answer.headers.get('content-type') ?? '')) add(namedIn(await answer.text(), script));
  }
  for (const file of wasm) await checkFile(file, checks);
  if (wasm.size === 0) checks.push({ state: 'advice', what: `no .wasm file is named in the ${seen.size} scripts that were read`, fix: 'fine if they are loaded later, inlined, or given by the option `wasm`' });
  return { title: at.href, url: at.href, checks };
}
