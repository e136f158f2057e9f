// Each service has an entry of its own: a bundle holds what it uses.
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { createVectorSearch } from 'wasm-services/vector';

const out = document.getElementById('out');
try {
  const search = createVectorSearch();
  await search.addDocuments([
    { id: 'red', embedding: [1, 0, 0], content: 'red like a fox' },
    { id: 'blue', embedding: [0, 0, 1], content: 'blue like the sea' },
  ]);
  const hits = await search.search([0.9, 0, 0.1]);

  const db = createSQLiteUtils();
  await db.executeQuery('CREATE TABLE colours (name TEXT, hex TEXT)');
  await db.executeMany('INSERT INTO colours VALUES (?, ?)', [['red', '#c00'], ['blue', '#00c']]);
  const { rows } = await db.executeQuery('SELECT hex FROM colours WHERE name = ?', [hits[0].id]);

  const say = ({ variant, host, reason, engine }) => ({ variant, host, reason, engine });
  out.textContent = JSON.stringify({ search: say(search.info), ids: hits.map((h) => h.id), sql: say(db.info), row: rows[0] });
  await search.dispose();
  await db.dispose();
} catch (error) {
  out.textContent = `${error.code}: ${error.message}`;
}
document.documentElement.dataset.done = 'yes';
