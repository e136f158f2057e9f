import { createVectorSearch, type VectorSearchResult } from 'wasm-services/vector';
import { createSQLiteUtils, type QueryResult } from 'wasm-services/sqlite';

const search = createVectorSearch({ metric: 'l2sq' });
await search.addDocuments([
  { id: 'near', embedding: [1, 2, 3], metadata: { kind: 'point' } },
  { id: 'far', embedding: [9, 9, 9], metadata: { kind: 'point' } },
]);
const hits: VectorSearchResult[] = await search.search([1, 2, 2.5], { filters: { kind: 'point' } });

const db = createSQLiteUtils();
await db.executeQuery('CREATE TABLE hits (place INTEGER PRIMARY KEY, id TEXT)');
await db.executeMany('INSERT INTO hits (id) VALUES (?)', hits.map((h) => [h.id]));
const { rows }: QueryResult<{ place: number; id: string }> = await db.executeQuery('SELECT place, id FROM hits ORDER BY place DESC LIMIT 1');

console.log(JSON.stringify({ variant: search.info.variant, ids: hits.map((h) => h.id), sql: { variant: db.info.variant, row: rows[0] } }));
await search.dispose();
await db.dispose();
