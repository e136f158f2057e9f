/**
 * Deliberately wrong implementations: mistakes that real vector indexes have shipped. Each wraps the right service and spoils one thing;
 * a mutant that no case catches shows a promise that nobody checks.
 *
 * `service(s, config)` gives the methods to replace; `config` spoils the configuration instead; `manager(m)` the manager's methods.
 */
const withScores = (change) => (s) => {
  const map = (results) => results.map(change);
  return {
    search: async (...a) => map(await s.search(...a)),
    searchBatch: async (...a) => (await s.searchBatch(...a)).map(map),
  };
};
const onSearch = (change) => (s, config) => ({ search: (query, options) => change(s, query, options, config) });
const reversedTies = (results) => {
  const out = [...results];
  return out.sort((a, b) => b.score - a.score || results.indexOf(b) - results.indexOf(a));
};
const isVector = (query) => query instanceof Float32Array || Array.isArray(query);
const mapVector = (query, change) => (isVector(query) ? Float32Array.from(query, change) : query);

export const MUTANTS = [
  { name: 'missed tail lanes: the last d mod 4 components do not count', service: onSearch((s, q, o) => s.search(mapVector(q, (x, j) => (j >= q.length - (q.length % 4) ? 0 : x)), o)) },
  { name: 'the first lane is read twice', service: onSearch((s, q, o) => s.search(mapVector(q, (x, j) => (j === 1 ? q[0] : x)), o)) },
  { name: 'equal scores in the wrong order', service: onSearch(async (s, q, o) => reversedTies(await s.search(q, o))) },
  {
    name: 'a heap that keeps the last of equals', service: onSearch(async (s, q, o, config) => {
      const k = o?.maxResults ?? config.maxResults ?? 10;
      return reversedTies(await s.search(q, { ...o, maxResults: k + 40 })).slice(0, k).sort((a, b) => b.score - a.score);
    }),
  },
  { name: 'scores rounded to f32', service: withScores((r) => ({ ...r, score: Math.fround(r.score) })) },
  { name: 'scores summed in another order', service: withScores((r) => ({ ...r, score: r.score * (1 + 2 ** -52) })) },
  { name: 'cosine without dividing by the lengths', config: (c) => (c.metric === undefined || c.metric === 'cosine' ? { ...c, metric: 'dot' } : c) },
  { name: 'a distance given as the score', service: (s, config) => (config.metric === 'l2sq' ? withScores((r) => ({ ...r, score: 1 / r.score - 1 }))(s) : {}) },
  { name: 'hamming counts zero as a set bit', service: (s, config) => (config.metric === 'hamming' ? onSearch((t, q, o) => t.search(mapVector(q, (x) => (x === 0 ? 1 : x)), o))(s, config) : {}) },
  { name: 'a zero query scores NaN', service: onSearch(async (s, q, o) => (await s.search(q, o)).map((r) => (isVector(q) && q.every((x) => x === 0) ? { ...r, score: NaN } : r))) },
  { name: 'int8 codes answer without rescoring', config: (c) => (c.quantization === undefined ? { ...c, quantization: 'int8', rescore: false } : c) },
  { name: 'the view\'s offset is ignored: the query is row 0 of its buffer', service: onSearch((s, q, o) => s.search(q instanceof Float32Array ? new Float32Array(q.buffer, 0, q.length) : q, o)) },
  { name: 'a query of the wrong length is cut or padded', service: onSearch(async (s, q, o) => {
    const d = (await s.list({ limit: 1 }))[0]?.embedding?.length;
    return s.search(d && isVector(q) && q.length && q.length !== d ? Array.from({ length: d }, (_, j) => q[j] ?? 0) : q, o);
  }) },
  { name: 'NaN is taken for 0', service: onSearch((s, q, o) => s.search(mapVector(q, (x) => (Number.isNaN(x) ? 0 : x)), o)) },
  { name: 'errors without code', service: (s) => Object.fromEntries(['search', 'addDocuments', 'load', 'updateMetadata'].map((m) => [m, async (...a) => { try { return await s[m](...a); } catch (e) { throw new Error(e.message); } }])) },
  { name: 'every error is INVALID_ARGUMENT', service: (s, _, { ServiceError }) => Object.fromEntries(['search', 'addDocuments'].map((m) => [m, async (...a) => { try { return await s[m](...a); } catch (e) { throw new ServiceError('INVALID_ARGUMENT', e.message, { detail: e.detail }); } }])) },
  { name: 'the threshold is ignored', service: onSearch((s, q, o) => s.search(q, o && typeof o === 'object' && Number.isFinite(o.threshold) ? { ...o, threshold: undefined } : o)) },
  { name: 'the threshold is exclusive', service: onSearch(async (s, q, o) => (await s.search(q, o)).filter((r) => typeof o?.threshold !== 'number' || r.score > o.threshold)) },
  { name: 'the filter is applied after the top k', service: (s, config) => ({
    search: async (q, o) => {
      if (!o?.filters) return s.search(q, o);
      const allowed = new Set((await s.list({ filters: o.filters })).map((d) => d.id));
      const { filters: _, ...rest } = o;
      return (await s.search(q, rest)).filter((r) => allowed.has(r.id)).slice(0, o.maxResults ?? config.maxResults ?? 10);
    },
  }) },
  { name: 'the filter is ignored in searchBatch', service: (s) => ({ searchBatch: (q, o) => { const { filters: _, ...rest } = o ?? {}; return s.searchBatch(q, rest); } }) },
  { name: 'count ignores its filter', service: (s) => ({ count: () => s.count() }) },
  { name: 'a replaced document goes to the end', service: (s) => ({ addDocuments: async (documents, o) => { if (Array.isArray(documents) && documents.every((d) => typeof d?.id === 'string')) await s.removeDocuments(documents.map((d) => d.id)); return s.addDocuments(documents, o); } }) },
  { name: 'replacing merges the old metadata', service: (s) => ({ addDocuments: async (documents, o) => {
    if (!Array.isArray(documents)) return s.addDocuments(documents, o);
    return s.addDocuments(await Promise.all(documents.map(async (d) => { const old = d && typeof d.id === 'string' && d.id ? await s.getDocument(d.id) : undefined; return old?.metadata ? { ...d, metadata: { ...old.metadata, ...d.metadata } } : d; })), o);
  } }) },
  { name: 'a batch is added document by document', service: (s) => ({ addDocuments: async (documents, o) => { if (!Array.isArray(documents) || documents.length < 2) return s.addDocuments(documents, o); for (const d of documents) await s.addDocuments([d], o); } }) },
  { name: 'addVectors adds what comes before the bad row', service: (s) => ({ addVectors: async (ids, rows, o) => {
    if (!Array.isArray(ids) || !(rows instanceof Float32Array) || ids.length < 2 || rows.length % ids.length) return s.addVectors(ids, rows, o);
    const d = rows.length / ids.length, bad = rows.findIndex((x) => !Number.isFinite(x));
    if (bad >= d) await s.addVectors(ids.slice(0, Math.floor(bad / d)), rows.slice(0, Math.floor(bad / d) * d));
    return s.addVectors(ids, rows, o);
  } }) },
  { name: 'a removed document stays in the answers', service: (s) => ({ removeDocuments: (ids) => s.removeDocuments(Array.isArray(ids) && ids.length > 1 ? ids.slice(0, -1) : ids) }) },
  { name: 'removeWhere forgets to count', service: (s) => ({ removeWhere: async (f) => { await s.removeWhere(f); return 0; } }) },
  { name: 'updateMetadata of an unknown id is quiet', service: (s) => ({ updateMetadata: async (...a) => { try { await s.updateMetadata(...a); } catch (e) { if (e.code !== 'NOT_FOUND') throw e; } } }) },
  { name: 'updateMetadata merges instead of replacing', service: (s) => ({ updateMetadata: async (id, metadata) => s.updateMetadata(id, metadata && typeof metadata === 'object' && !Array.isArray(metadata) ? { ...(await s.getDocument(id))?.metadata, ...metadata } : metadata) }) },
  { name: 'list ignores its offset', service: (s) => ({ list: (o) => s.list(o && typeof o === 'object' ? { ...o, offset: typeof o.offset === 'number' && o.offset > 0 ? 0 : o.offset } : o) }) },
  { name: 'searchBatch answers the first query for all', service: (s) => ({ searchBatch: async (...a) => { const r = await s.searchBatch(...a); return r.map(() => r[0]); } }) },
  { name: 'findSimilar names the document itself', service: (s) => ({ findSimilar: async (id, o) => { const r = await s.findSimilar(id, o); return [{ id, score: 1 }, ...r].slice(0, Math.max(1, r.length)); } }) },
  { name: 'maxResults of the configuration is ignored', config: ({ maxResults: _, ...c }) => c },
  { name: 'ids are normalised to NFC', service: (s) => ({ addDocuments: (documents, o) => s.addDocuments(Array.isArray(documents) ? documents.map((d) => (typeof d?.id === 'string' ? { ...d, id: d.id.normalize('NFC') } : d)) : documents, o) }) },
  { name: 'lone surrogates become U+FFFD', service: (s) => ({ addDocuments: (documents, o) => s.addDocuments(Array.isArray(documents) ? documents.map((d) => (typeof d?.id === 'string' ? { ...d, id: new TextDecoder().decode(new TextEncoder().encode(d.id)) } : d)) : documents, o) }) },
  { name: 'the caller\'s buffer is kept, not copied', service: (s) => ({ addVectors: async (ids, rows, o) => { await new Promise((r) => { setTimeout(r, 1); }); return s.addVectors(ids, rows, o); } }) },
  { name: 'getDocument hands out the inner object', service: (s) => { const kept = new Map(); return { getDocument: async (id) => { const d = kept.get(id) ?? await s.getDocument(id); if (d) kept.set(id, d); return d; } }; } },
  { name: 'adding takes effect later than it was called', service: (s) => ({ addDocuments: async (...a) => { await new Promise((r) => { setTimeout(r, 3); }); return s.addDocuments(...a); } }) },
  { name: 'words are not stemmed', config: (c) => ({ ...c, language: 'none' }) },
  { name: 'text search minds the case', service: (s) => ({ searchByText: async (q, o) => { const r = await s.searchByText(q, o); return typeof q === 'string' ? r.filter((x) => x.content === undefined || q.toLowerCase() === q || x.content.includes(q)) : r; } }) },
  { name: 'the text part of a hybrid query is ignored', service: onSearch((s, q, o) => s.search(q, o && typeof o.text === 'string' && !o.hybrid?.weight ? { ...o, text: undefined } : o)) },
  { name: 'mmr is ignored', service: onSearch((s, q, o) => s.search(q, o && o.mmr >= 0 && o.mmr <= 1 ? { ...o, mmr: undefined } : o)) },
  { name: 'a damaged file loads as far as it goes', service: (s) => ({ load: async (bytes) => { try { await s.load(bytes); } catch (e) { if (e.code !== 'CORRUPT') throw e; } } }) },
  { name: 'a refused file costs what was there', service: (s) => ({ load: async (bytes) => { try { await s.load(bytes); } catch (e) { if (e.code === 'CORRUPT') await s.clear(); throw e; } } }) },
  { name: 'load adds to what was there', service: (s) => ({ load: async (bytes) => { const old = await s.list().catch(() => []); await s.load(bytes); const d = (await s.list({ limit: 1 }))[0]?.embedding?.length; const extra = old.filter((x) => x.embedding?.length === d); if (extra.length && d) await s.addDocuments(extra); } }) },
  { name: 'the signal is ignored', service: (s) => Object.fromEntries(['search', 'searchByText', 'addDocuments', 'addVectors', 'findSimilar', 'searchBatch'].map((m) => [m, (...a) => s[m](...a.map((x) => (x?.signal instanceof AbortSignal ? { ...x, signal: undefined } : x)))])) },
  { name: 'timeoutMs is ignored', service: (s) => Object.fromEntries(['addDocuments', 'searchByText'].map((m) => [m, (...a) => s[m](...a.map((x) => (x?.timeoutMs > 0 ? { ...x, timeoutMs: undefined } : x)))])) },
  { name: 'progress is never told', service: (s) => ({ addVectors: (ids, rows, o) => s.addVectors(ids, rows, o && { ...o, onProgress: undefined }) }) },
  { name: 'a disposed service still answers', service: (s) => { let gone = false; return { dispose: async () => { gone = true; await s.dispose(); }, list: async (o) => (gone ? [] : s.list(o)) }; } },
  { name: 'size counts replaced documents again', service: (s) => { let n = 0; return { addDocuments: async (d, o) => { await s.addDocuments(d, o); n += d.length; }, get size() { return Math.max(n, s.size); } }; } },
  { name: 'another implementation answers than info says', service: (s) => ({ get info() { return { ...s.info, variant: 'relaxed-simd' }; } }) },
  { name: 'a second initialize with another configuration is let through', manager: (m) => ({ initialize: async (c) => { try { await m.initialize(c); } catch (e) { if (e.code !== 'ALREADY_INITIALIZED') throw e; } } }) },
  { name: 'a getter works before initialize', manager: (m, pkg) => ({ getVectorSearch: () => { try { return m.getVectorSearch(); } catch (e) { if (e.code === 'NOT_INITIALIZED') return pkg.createVectorSearch({ implementation: 'js' }); throw e; } } }) },
  { name: 'cleanup forgets to close the services', manager: (m) => ({ cleanup: () => { setTimeout(() => m.cleanup(), 50); } }) },
  { name: 'the manager\'s configuration does not reach the service', manager: (m) => ({ initialize: (c) => m.initialize(c && typeof c === 'object' && c.vectorSearch?.maxResults > 0 ? { ...c, vectorSearch: {} } : c) }) },
];
