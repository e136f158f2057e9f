/**
 * Entry 'wasm-services/headers': the response headers that give a page threads, in the form each server or host wants them.
 *
 * ```js
 * import { isolationHeaders } from 'wasm-services/headers';
 * new Response(html, { headers: { 'content-type': 'text/html', ...isolationHeaders() } });
 * ```
 *
 * They are needed for the variant `simd-threads` alone; without them everything works on one thread. docs/headers.md says which policy fits whom.
 */
import { ServiceError, describe } from './errors.js';

/**
 * - `require-corp` (default): every browser. What the page loads from other origins must send CORS or `Cross-Origin-Resource-Policy`.
 * - `credentialless`: Chromium and Firefox. Other origins need nothing, they are asked without cookies. Safari ignores it and gets no threads.
 * - `document-isolation`: Chromium 137 and newer, for this document alone; popups and embedded pages keep working. Others get no threads.
 */
export type IsolationPolicy = 'require-corp' | 'credentialless' | 'document-isolation';

const POLICIES: Record<IsolationPolicy, Readonly<Record<string, string>>> = {
  'require-corp': { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  credentialless: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'credentialless' },
  'document-isolation': { 'Document-Isolation-Policy': 'isolate-and-credentialless' },
};
export const ISOLATION_POLICIES: readonly IsolationPolicy[] = ['require-corp', 'credentialless', 'document-isolation'];

/**
 * Name to value, for whatever sets headers.
 * @throws ServiceError INVALID_ARGUMENT for an unknown policy.
 */
export function isolationHeaders(policy: IsolationPolicy = 'require-corp'): Record<string, string> {
  if (!Object.hasOwn(POLICIES, policy)) {
    throw new ServiceError('INVALID_ARGUMENT', `there is no isolation policy ${describe(policy)}: take ${ISOLATION_POLICIES.map((p) => `'${p}'`).join(', ')}`);
  }
  return { ...POLICIES[policy] };
}

const pairs = (policy: IsolationPolicy | undefined): { key: string; value: string }[] => Object.entries(isolationHeaders(policy)).map(([key, value]) => ({ key, value }));

/** A part of vite.config: `export default { ...viteHeaders() }`. The plugin of 'wasm-services/vite' sets the same. */
export function viteHeaders(policy?: IsolationPolicy): { server: { headers: Record<string, string> }; preview: { headers: Record<string, string> } } {
  return { server: { headers: isolationHeaders(policy) }, preview: { headers: isolationHeaders(policy) } };
}

/** A part of next.config: `export default { headers: nextHeaders() }`. `source` is the path pattern, all pages by default. */
export function nextHeaders(policy?: IsolationPolicy, source = '/:path*'): () => Promise<{ source: string; headers: { key: string; value: string }[] }[]> {
  const headers = pairs(policy);
  return () => Promise.resolve([{ source, headers }]);
}

/** Express, Connect, and a dev server that takes such middleware: `app.use(expressHeaders())`, before what sends files. */
export function expressHeaders(policy?: IsolationPolicy): (request: unknown, response: { setHeader(name: string, value: string): unknown }, next: () => void) => void {
  const headers = isolationHeaders(policy);
  return (_request, response, next) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    next();
  };
}

/** Hono: `app.use(honoHeaders())`. */
export function honoHeaders(policy?: IsolationPolicy): (context: { header(name: string, value: string): unknown }, next: () => Promise<unknown>) => Promise<void> {
  const headers = isolationHeaders(policy);
  return async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
  };
}

/** The text of the file `_headers` of Netlify and Cloudflare Pages, which lies in the published folder. */
export function headersFile(policy?: IsolationPolicy, path = '/*'): string {
  return `${path}\n${pairs(policy).map(({ key, value }) => `  ${key}: ${value}\n`).join('')}`;
}

/** A part of vercel.json, as an object. */
export function vercelHeaders(policy?: IsolationPolicy, source = '/(.*)'): { headers: { source: string; headers: { key: string; value: string }[] }[] } {
  return { headers: [{ source, headers: pairs(policy) }] };
}

/** Lines for a `server` or `location` block of nginx. */
export function nginxHeaders(policy?: IsolationPolicy): string {
  return pairs(policy).map(({ key, value }) => `add_header ${key} "${value}" always;\n`).join('');
}

/** Lines for Apache's configuration or .htaccess (mod_headers). */
export function apacheHeaders(policy?: IsolationPolicy): string {
  return pairs(policy).map(({ key, value }) => `Header always set ${key} "${value}"\n`).join('');
}

/** What a Content-Security-Policy must allow for this package, beside what the page needs itself (docs/csp.md). */
export const CSP_DIRECTIVES: Readonly<Record<'script-src' | 'worker-src' | 'connect-src', readonly string[]>> = {
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'connect-src': ["'self'"],
};
