import { createVectorSearch } from 'wasm-services';

const out = document.getElementById('out');
try {
  const search = createVectorSearch();
  await search.addDocuments([
    { id: 'red', embedding: [1, 0, 0], content: 'red like a fox' },
    { id: 'blue', embedding: [0, 0, 1], content: 'blue like the sea' },
  ]);
  const hits = await search.search([0.9, 0, 0.1]);
  out.textContent = JSON.stringify({ variant: search.info.variant, host: search.info.host, reason: search.info.reason, ids: hits.map((h) => h.id) });
  await search.dispose();
} catch (error) {
  out.textContent = `${error.code}: ${error.message}`;
}
document.documentElement.dataset.done = 'yes';
