/** What takes part: the careful-JS baseline, the package through its public API, peers. Each knows how to check its own answers. */
import baseline from '../baselines/vector.mjs';

/** Share of the true top k among what `search` returns over all queries. */
export async function recall(data, search, k = 10) {
  let found = 0;
  for (let i = 0; i < data.q; i++) {
    const ids = new Set(await search(i));
    found += data.truth[i].slice(0, k).filter((id) => ids.has(id)).length;
  }
  return found / (data.q * k);
}

/** The careful loop over normalised rows; `bucket` gives it the predicate filter of the baseline file. */
export async function careful(data, { bucket } = {}) {
  const index = await baseline.build(data.unit, data.dim, 'cosine', {}, { bucket });
  const query = (i) => data.unitQueries.subarray((i % data.q) * data.dim, (i % data.q + 1) * data.dim);
  return { name: 'careful JS', ids: (i) => Array.from(index.search(query(i), 10)), run: (i) => index.search(query(i), 10), filtered: (i, below) => index.searchFiltered(query(i), 10, 0, below) };
}

/** A collection through the public API, filled and warmed; `readyMs` counts from the call that brings the data to the first answer. */
export async function collection(api, data, config = {}, { metadata, name = 'wasm-services' } = {}) {
  const service = api.createVectorSearch({ dimensions: data.dim, ...config });
  const ids = Array.from({ length: data.n }, (_, i) => String(i));
  const start = performance.now();
  await service.addVectors(ids, data.rows, metadata ? { metadata } : {});
  const addMs = performance.now() - start;
  await service.search(data.query(0));
  const readyMs = performance.now() - start;
  const search = (i, options) => service.search(data.query(i), { maxResults: 10, ...options });
  return { name, service, addMs, readyMs, search, ids: async (i, options) => (await search(i, options)).map((h) => Number(h.id)) };
}
