import { createVectorSearch, type VectorSearchResult } from 'wasm-services';

const search = createVectorSearch({ metric: 'l2sq' });
await search.addDocuments([
  { id: 'near', embedding: [1, 2, 3], metadata: { kind: 'point' } },
  { id: 'far', embedding: [9, 9, 9], metadata: { kind: 'point' } },
]);
const hits: VectorSearchResult[] = await search.search([1, 2, 2.5], { filters: { kind: 'point' } });
console.log(JSON.stringify({ variant: search.info.variant, ids: hits.map((h) => h.id) }));
await search.dispose();
