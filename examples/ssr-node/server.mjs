// Server-side rendering: the same package that the browser uses answers on the server.
import { createServer } from 'node:http';
import { createSQLiteUtils, createVectorSearch } from 'wasm-services';

const articles = [
  { id: 'wasm', content: 'WebAssembly runs compiled code in the browser' },
  { id: 'sql', content: 'SQL asks questions of tables' },
  { id: 'bread', content: 'Bread rises when yeast makes gas' },
];
const search = createVectorSearch();
// A real application brings embeddings of its own; three numbers will do here.
await search.addDocuments(articles.map((a, i) => ({ ...a, embedding: [i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0] })));

const db = createSQLiteUtils();
await db.executeQuery('CREATE TABLE visits (query TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID');

/** How often a query was asked, this time included. */
async function count(query) {
  const { rows } = await db.executeQuery('INSERT INTO visits VALUES (?, 1) ON CONFLICT (query) DO UPDATE SET times = times + 1 RETURNING times', [query]);
  return rows[0].times;
}

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const server = createServer(async (request, response) => {
  const query = new URL(request.url, 'http://localhost').searchParams.get('q') ?? 'tables';
  const [hits, times] = await Promise.all([search.searchByText(query), count(query)]);
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>search</title><p>answered by ${search.info.variant}</p><p>asked ${times}x, says SQLite ${db.info.version} (${db.info.variant})</p><ul>${hits.map((h) => `<li>${escape(h.content)}</li>`).join('')}</ul>`);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/?q=compiled+code`));
