/** The same figures on a page of Chromium, each start on a fresh one. */
import { servePackage } from '../../tests/conformance/lib/serve.mjs';
import { launchChromium } from '../../tests/support/chromium.mjs';

export async function onPages(count, work, argument) {
  const server = await servePackage({ isolated: true, answer: (path, response) => {
    if (path !== '/bench') return false;
    response.writeHead(200, { 'Content-Type': 'text/html', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }).end('<!doctype html><title>bench</title>');
    return true;
  } });
  const browser = await launchChromium();
  try {
    const results = [];
    for (let i = 0; i < count; i++) {
      const page = await browser.newPage();
      await page.goto(`${server.url}/bench`);
      results.push(await page.evaluate(work, argument));
      await page.close();
    }
    return results;
  } finally {
    await browser.close();
    await server.close();
  }
}

export const start = async () => {
  const { createWASMServices } = await import('/dist/index.js');
  const query = new Float32Array(384).fill(0.5), services = createWASMServices();
  const began = performance.now();
  await services.initialize();
  const initialized = performance.now();
  const vectors = services.getVectorSearch();
  await vectors.addVectors(['a'], query);
  await vectors.search(query);
  const searched = performance.now();
  await services.dispose();
  return [initialized - began, searched - initialized];
};

/** A call that does next to nothing, in a worker and in place: medians in µs, of batches that outlast the clock's steps. */
export const roundTrip = async (calls) => {
  const { createVectorSearch } = await import('/dist/index.js');
  const time = async (host) => {
    const service = createVectorSearch({ host, dimensions: 4 });
    await service.addVectors(['a'], new Float32Array([1, 2, 3, 4]));
    for (let i = 0; i < 500; i++) await service.count();
    const samples = [];
    for (let i = 0; i < calls; i += 20) {
      const began = performance.now();
      for (let k = 0; k < 20; k++) await service.count();
      samples.push((performance.now() - began) * 50);
    }
    await service.dispose();
    return samples.sort((a, b) => a - b)[samples.length >> 1];
  };
  return [await time('worker'), await time('inline')];
};
