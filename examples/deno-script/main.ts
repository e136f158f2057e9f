// deno run --allow-read=node_modules --allow-env=DISABLE_WASM main.ts
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { createVectorSearch } from 'wasm-services/vector';

const search = createVectorSearch();
await search.addDocuments([{ id: 'near', embedding: [1, 2, 3] }, { id: 'far', embedding: [-9, 9, 9] }]);
const [{ id }] = await search.search([1, 2, 2.5]);

const db = createSQLiteUtils();
const { rows } = await db.executeQuery<{ answer: number }>('SELECT 6 * 7 AS answer');

console.log(JSON.stringify({ id, row: rows[0], variants: [search.info.variant, db.info.variant] }));
await search.dispose();
await db.dispose();
