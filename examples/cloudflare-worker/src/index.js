// An edge isolate compiles no bytes. The condition `workerd` of the package imports the modules statically, so there is nothing to set.
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { createVectorSearch } from 'wasm-services/vector';

const articles = [
  { id: 'wasm', content: 'WebAssembly runs compiled code', embedding: [1, 0] },
  { id: 'bread', content: 'Bread rises when yeast makes gas', embedding: [0, 1] },
];
// Made outside of a request, where they belong to none: workerd ties what a request makes to that request. Nothing is loaded before the first call.
const search = createVectorSearch(), db = createSQLiteUtils();
let filled;

async function fill() {
  await search.addDocuments(articles);
  await db.executeQuery('CREATE TABLE visits (query TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID');
}

export default {
  async fetch(request) {
    await (filled ??= fill());
    const query = new URL(request.url).searchParams.get('q') ?? 'bread';
    const hits = await search.searchByText(query);
    const { rows } = await db.executeQuery('INSERT INTO visits VALUES (?, 1) ON CONFLICT (query) DO UPDATE SET times = times + 1 RETURNING times', [query]);
    return Response.json({ ids: hits.map(({ id }) => id), times: rows[0].times, variants: [search.info.variant, db.info.variant], reason: search.info.reason });
  },
};
