import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVectorSearch } from '../../../js/dist/vector.js';
import { random, randomRows } from './naive-engine.mjs';

for (const implementation of ['js', 'simd']) {
  test(`${implementation}: a file saved with a graph opens under configurations that keep none`, async () => {
    const saved = createVectorSearch({ index: 'hnsw', implementation });
    const rows = randomRows(random(20260706), 300, 8);
    await saved.addVectors(Array.from({ length: 300 }, (_, i) => `d${i}`), rows);
    for (let i = 0; i < 500 && !saved.info.index.startsWith('hnsw'); i++) await new Promise((done) => setTimeout(done, 10));
    assert.match(saved.info.index, /^hnsw/);
    const bytes = await saved.save();
    const configurations = [{}, { index: 'flat' }, { index: 'hnsw' }, { index: 'hnsw', quantization: 'f16', rescore: false }, { index: 'hnsw', metric: 'l2sq' }];
    for (const config of configurations) {
      const opened = createVectorSearch({ ...config, implementation });
      await opened.load(bytes);
      assert.equal(opened.size, 300);
      const [best] = await opened.search(rows.slice(8 * 7, 8 * 8), { maxResults: 1 });
      assert.equal(best.id, 'd7', JSON.stringify(config));
      await opened.dispose();
    }
    await saved.dispose();
  });
}
