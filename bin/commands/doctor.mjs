// `doctor`: what this machine runs and why not more. `doctor URL`: what a site's headers and files let a page run.
import { Misuse } from '../misuse.mjs';
import { inspectHost } from '../doctor/host.mjs';
import { inspectSite } from '../doctor/site.mjs';

export const positionals = 1;
export const options = { json: { type: 'boolean', default: false } };
export const help = `npx wasm-services doctor [URL] [--json]

Without a URL: the capabilities of this machine, whether each .wasm file is the released one, and one small question to each service.
With a URL: whether that page may use WebAssembly and threads, by its headers, its policy and the .wasm files its scripts name.
Ends with status 1 when something is broken; missing threads alone are advice.`;

const MARK = { ok: '✓', advice: '·', problem: '✗' };

export async function run({ json }, [address]) {
  let url;
  if (address !== undefined) {
    try {
      url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `${/^(localhost|127\.0\.0\.1)\b/.test(address) ? 'http' : 'https'}://${address}`);
    } catch {
      throw new Misuse(`'${address}' is no URL: write it as https://example.org/page`);
    }
    if (!/^https?:$/.test(url.protocol)) throw new Misuse(`doctor asks web servers: a URL of http or https, not ${url.protocol}//`);
  }
  const report = url ? await inspectSite(url) : await inspectHost();
  const problems = report.checks.filter((c) => c.state === 'problem').length;
  if (json) console.log(JSON.stringify(report, null, 2));
  else {
    console.log(report.title);
    for (const { state, what, fix } of report.checks) console.log(`${MARK[state]} ${what}${fix ? `\n    ${fix}` : ''}`);
    console.log(problems ? `\n${problems} problem${problems > 1 ? 's' : ''}` : '\nno problem found');
  }
  return problems ? 1 : 0;
}
