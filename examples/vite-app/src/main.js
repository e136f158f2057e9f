// Each service has an entry of its own: a bundle holds what it uses.
import { createSQLiteUtils } from 'wasm-services/sqlite';
import { createVectorSearch } from 'wasm-services/vector';

const page = document.getElementById('out');

/** A query of words and numbers at once, and a row for what it found. */
async function answer() {
  const search = createVectorSearch({ maxResults: 2 });
  await search.addDocuments([
    { id: 'blue', content: 'blue like the sea', embedding: [0, 0, 1] },
    { id: 'red', content: 'red like a fox', embedding: [1, 0, 0] },
  ]);
  const hits = await search.search([0.6, 0, 0.5], { text: 'the fox', hybrid: { fusion: 'weighted', weight: 0.5 } });

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

page.textContent = await answer().catch(({ code, message }) => `${code}: ${message}`);
document.documentElement.dataset.done = 'yes';
