// webpack finds the .wasm files and the workers by itself: each service has an entry of its own, and a bundle holds what it uses.
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { createVectorSearch } from 'wasm-services/vector';

async function answer() {
  const search = createVectorSearch();
  await search.addDocuments([{ id: 'red', embedding: [1, 0, 0] }, { id: 'blue', embedding: [0, 0, 1] }]);
  const hits = await search.search([0.9, 0, 0.1]);

  const db = createSQLiteUtils();
  await db.executeQuery('CREATE TABLE colours (name TEXT, hex TEXT)');
  await db.executeMany('INSERT INTO colours VALUES (?, ?)', [['red', '#c00'], ['blue', '#00c']]);
  const { rows } = await db.executeQuery('SELECT hex FROM colours WHERE name = ?', [hits[0].id]);

  const say = ({ variant, host, reason, engine }) => ({ variant, host, reason, engine });
  const text = JSON.stringify({ search: say(search.info), ids: hits.map(({ id }) => id), sql: say(db.info), row: rows[0] });
  await search.dispose();
  await db.dispose();
  return text;
}

document.getElementById('out').textContent = await answer().catch(({ code, message }) => `${code}: ${message}`);
document.documentElement.dataset.done = 'yes';
