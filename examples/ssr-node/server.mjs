// Server-side rendering: the same package that the browser uses answers on the server.
import { createServer } from 'node:http';
import { createVectorSearch } from 'wasm-services';

const articles = [
  { id: 'wasm', content: 'WebAssembly runs compiled code in the browser' },
  { id: 'sql', content: 'SQL asks questions of tables' },
  { id: 'bread', content: 'Bread rises when yeast makes gas' },
];
const search = createVectorSearch();
// A real application brings embeddings of its own; three numbers will do here.
await search.addDocuments(articles.map((a, i) => ({ ...a, embedding: [i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0] })));

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const server = createServer(async (request, response) => {
  const query = new URL(request.url, 'http://localhost').searchParams.get('q') ?? 'tables';
  const hits = await search.searchByText(query);
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>search</title><p>answered by ${search.info.variant}</p><ul>${hits.map((h) => `<li>${escape(h.content)}</li>`).join('')}</ul>`);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log(`http://localhost:${server.address().port}/?q=compiled+code`));
