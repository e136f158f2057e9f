/**
 * Cells in a browser that is merely started with an address: the page posts its results (page/posting.mjs), so no driver of the browser's
 * maker is needed. A browser and a profile of its own for each cell.
 */
import { servePackage } from './serve.mjs';

const CELL_TIMEOUT_MS = 1_200_000;
/** Longer than the longest case. A page that says nothing for so long has crashed or hangs in a call that never returns. */
const SILENCE_MS = 180_000;

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * @param {(url: string) => Promise<{ ended: Promise<string>, close: () => Promise<void> }>} start opens the browser at an address;
 *   `ended` settles if it ends by itself, with what it said
 */
export async function runPostingCell(start, host, variant, only) {
  const results = [], stray = [];
  let server, browser, silence, limit;
  try {
    const outcome = deferred();
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => outcome.resolve(`nothing was posted for ${SILENCE_MS / 1000} s`), SILENCE_MS);
    };
    server = await servePackage({
      cache: true,
      isolated: host.endsWith('-isolated'),
      async answer(path, response) {
        if (path !== '/posted') return false;
        const { result, done, error, stray: message } = JSON.parse(await bodyOf(response.req));
        response.writeHead(204).end();
        heard();
        if (result) results.push(result);
        if (message) stray.push(message);
        if (done) outcome.resolve(error);
        return true;
      },
    });
    const query = new URLSearchParams({ host, variant, ...(only === undefined ? {} : { case: only }) });
    heard();
    limit = setTimeout(() => outcome.resolve(`not done after ${CELL_TIMEOUT_MS / 1000} s`), CELL_TIMEOUT_MS);
    browser = await start(`${server.url}/tests/conformance/page/posting.html?${query}`);
    browser.ended.then((said) => outcome.resolve(`the browser ended: ${said}`));
    const error = await outcome.promise;
    if (error === undefined) return { results };
    return { results, error: `after ${results.at(-1)?.name ?? 'no case'}: ${error} ${stray.slice(-5).join(' | ')}` };
  } catch (error) {
    return { results, error: error.message };
  } finally {
    clearTimeout(silence);
    clearTimeout(limit);
    await browser?.close();
    await server?.close();
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function deferred() {
  let resolve;
  const promise = new Promise((r) => { resolve = r; });
  return { promise, resolve };
}
