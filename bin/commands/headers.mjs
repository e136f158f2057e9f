// `headers --for nginx`: the isolation headers in the form that a server, host or framework takes.
import { apacheHeaders, headersFile, isolationHeaders, ISOLATION_POLICIES, nginxHeaders, vercelHeaders } from '../../dist/headers.js';
import { Misuse, oneOf } from '../misuse.mjs';

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const argument = (policy) => (policy === 'require-corp' ? '' : `'${policy}'`);

const SERVERS = {
  vite: (p) => `// vite.config.js: the plugin sets the headers of the dev and the preview server\nimport wasmServices from 'wasm-services/vite';\nexport default { plugins: [wasmServices(${p === 'require-corp' ? '' : `{ isolation: '${p}' }`})] };\n`,
  next: (p) => `// next.config.mjs\nimport { nextHeaders } from 'wasm-services/headers';\nexport default { headers: nextHeaders(${argument(p)}) };\n`,
  express: (p) => `import { expressHeaders } from 'wasm-services/headers';\napp.use(expressHeaders(${argument(p)})); // before express.static\n`,
  hono: (p) => `import { honoHeaders } from 'wasm-services/headers';\napp.use(honoHeaders(${argument(p)}));\n`,
  netlify: (p) => headersFile(p),
  cloudflare: (p) => headersFile(p),
  vercel: (p) => json(vercelHeaders(p)),
  nginx: (p) => nginxHeaders(p),
  apache: (p) => apacheHeaders(p),
  json: (p) => json(isolationHeaders(p)),
};
const WHERE = { netlify: 'the file _headers in the published folder', cloudflare: 'the file _headers in the published folder', vercel: 'vercel.json', nginx: 'a server or location block', apache: 'the configuration or .htaccess; needs mod_headers' };

export const options = { for: { type: 'string' }, policy: { type: 'string', default: 'require-corp' } };
export const help = `npx wasm-services headers --for SERVER [--policy POLICY]

  --for     ${Object.keys(SERVERS).join(', ')}
  --policy  require-corp        every browser; files of other origins must allow it (CORS or CORP)   (default)
            credentialless      Chromium and Firefox; files of other origins need nothing
            document-isolation  Chromium 137 and newer; this document alone, popups and embeds keep working

The headers are needed for threads only.`;

export function run(values) {
  if (values.for === undefined) throw new Misuse(`say whose form the headers are to take: --for ${Object.keys(SERVERS).join(' | ')}`);
  oneOf('for', values.for, Object.keys(SERVERS));
  oneOf('policy', values.policy, ISOLATION_POLICIES);
  if (WHERE[values.for]) console.error(`# goes into ${WHERE[values.for]}`);
  process.stdout.write(SERVERS[values.for](values.policy));
  return 0;
}
