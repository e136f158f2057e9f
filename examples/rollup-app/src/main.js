// The bundler leaves `new URL(…, import.meta.url)` as it is, so the page says where the copied .wasm files and the worker are.
import { createWASMServices } from 'wasm-services';

async function answer() {
  const services = createWASMServices();
  await services.initialize({
    wasm: (service, variant) => new URL(`./wasm/${service}.${variant}.wasm`, import.meta.url),
    worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  });
  const search = services.getVectorSearch();
  await search.addDocuments([{ id: 'red', embedding: [1, 0, 0] }, { id: 'blue', embedding: [0, 0, 1] }]);
  const hits = await search.search([0.9, 0, 0.1]);

  const db = services.getSQLiteUtils();
  await db.executeQuery('CREATE TABLE colours (name TEXT, hex TEXT)');
  await db.executeMany('INSERT INTO colours VALUES (?, ?)', [['red', '#c00'], ['blue', '#00c']]);
  const { rows } = await db.executeQuery('SELECT hex FROM colours WHERE name = ?', [hits[0].id]);

  const say = ({ variant, host, reason, engine }) => ({ variant, host, reason, engine });
  const text = JSON.stringify({ search: say(search.info), ids: hits.map(({ id }) => id), sql: say(db.info), row: rows[0] });
  await services.dispose();
  return text;
}

document.getElementById('out').textContent = await answer().catch(({ code, message }) => `${code}: ${message}`);
document.documentElement.dataset.done = 'yes';
