// The entry for vector search alone, and a query of words and numbers at once.
import { createVectorSearch } from 'wasm-services/vector';

const page = document.getElementById('out');

async function answer() {
  const search = createVectorSearch({ maxResults: 2 });
  await search.addDocuments([
    { id: 'blue', content: 'blue like the sea', embedding: [0, 0, 1] },
    { id: 'red', content: 'red like a fox', embedding: [1, 0, 0] },
  ]);
  const hits = await search.search([0.6, 0, 0.5], { text: 'the fox', hybrid: { fusion: 'weighted', weight: 0.5 } });
  const { variant, host, reason } = search.info;
  await search.dispose();
  return JSON.stringify({ variant, host, reason, ids: hits.map(({ id }) => id) });
}

page.textContent = await answer().catch(({ code, message }) => `${code}: ${message}`);
document.documentElement.dataset.done = 'yes';
