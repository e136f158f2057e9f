/** An answer that the result cache gives. */
import { measure } from '../lib/measure.mjs';
import { row } from '../lib/rows.mjs';
import { INSERT_ITEM, items, ITEMS_SQL } from './data.mjs';

export async function cached(api) {
  const service = api.createSQLiteUtils({ host: 'inline' });
  await service.executeQuery(ITEMS_SQL);
  await service.executeMany(INSERT_ITEM, items().slice(0, 10_000));
  const point = 'SELECT id, sku, price FROM items WHERE id = ?', group = 'SELECT city, count(*) AS n, sum(stock) AS stock FROM items GROUP BY city ORDER BY city';
  const options = { useCache: true };
  const right = JSON.stringify([(await service.executeQuery(point, [77])).rows, (await service.executeQuery(group)).rows]);
  const ask = async () => [await service.executeQuery(point, [77], options), await service.executeQuery(group, [], options)];
  await ask();
  const hits = await ask();
  if (!hits.every((h) => h.fromCache) || JSON.stringify(hits.map((h) => h.rows)) !== right) throw new Error('the result cache gave another answer, or none');
  const t = await measure([
    { name: 'point', run: () => service.executeQuery(point, [77], options), calls: 20_000 }, { name: 'group', run: () => service.executeQuery(group, [], options), calls: 20_000 },
    { name: 'point, not cached', run: () => service.executeQuery(point, [77]), calls: 5000 }, { name: 'group, not cached', run: () => service.executeQuery(group), calls: 20 },
  ]);
  await service.executeQuery('UPDATE items SET price = 1 WHERE id = 77');
  if ((await service.executeQuery(point, [77], options)).rows[0].price !== 1) throw new Error('the result cache gave a stale row');
  await service.dispose();
  const us = (r) => `${(r.median * 1000).toFixed(2)} µs`;
  return {
    title: 'executeQuery from the result cache, inline', samples: t,
    rows: [
      row('one row of 3 columns', `${us(t.point)} (not cached ${us(t['point, not cached'])})`, '<= 5 µs', t.point.median <= 0.005),
      row('8 rows of 3 columns', `${us(t.group)} (not cached ${us(t['group, not cached'])})`, '<= 5 µs', t.group.median <= 0.005),
    ],
  };
}
