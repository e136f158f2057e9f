/** The tables of the SQLite bench, by fixed seed: the same rows in every process and on every host. */
import { random } from '../vector/data.mjs';

const once = (make) => { let made; return () => (made ??= make()); };
const NAMES = ['amber', 'birch', 'copper', 'delta', 'ember', 'fjord', 'garnet', 'harbour', 'indigo', 'juniper', 'kernel', 'lantern', 'meadow', 'nectar', 'orchard', 'pebble'];
const CITIES = ['Bern', 'Lisboa', 'Oslo', 'Praha', 'Łódź', 'Utrecht', 'Wien', 'Zürich'];
export const sku = (i) => `SKU-${(Math.imul(i, 2654435761) >>> 0).toString(36)}-${i}`;

export const ITEMS_SQL = 'CREATE TABLE items (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, city TEXT, price REAL, stock INTEGER, note TEXT)';
export const INSERT_ITEM = 'INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)';

/** 100,000 rows of 6 columns: a whole number, short texts (one in eight not ASCII), a REAL, and two columns with NULLs. */
export const items = once(() => {
  const r = random(11);
  return Array.from({ length: 100_000 }, (_, i) => [
    i + 1, sku(i), CITIES[Math.floor(r() * CITIES.length)], Math.floor(r() * 100_000) / 100 + 0.001, r() < 0.1 ? null : Math.floor(r() * 1000),
    r() < 0.3 ? null : `${NAMES[Math.floor(r() * 16)]} ${NAMES[Math.floor(r() * 16)]}`,
  ]);
});

export const lookupKeys = once(() => { const r = random(12); return Array.from({ length: 50_000 }, () => 1 + Math.floor(r() * 100_000)); });

export const SHOP_SQL = `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, region TEXT, since INTEGER);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, cents INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, product_id INTEGER NOT NULL, day INTEGER, quantity INTEGER, status TEXT);
CREATE INDEX orders_customer ON orders (customer_id);`;

/** 200,000 orders, 5,000 customers, 1,000 products; money in whole cents, so that no order of summing shows. */
export const shop = once(() => {
  const r = random(13), pick = (list) => list[Math.floor(r() * list.length)];
  return {
    customers: Array.from({ length: 5000 }, (_, i) => [i + 1, `${pick(NAMES)} ${i}`, pick(CITIES), 2000 + Math.floor(r() * 26)]),
    products: Array.from({ length: 1000 }, (_, i) => [i + 1, `${pick(NAMES)} ${pick(NAMES)}`, pick(NAMES.slice(0, 12)), 100 + Math.floor(r() * 20_000)]),
    orders: Array.from({ length: 200_000 }, (_, i) => [i + 1, 1 + Math.floor(r() * 5000), 1 + Math.floor(r() * 1000), Math.floor(r() * 360), 1 + Math.floor(r() * 9), pick(['paid', 'paid', 'paid', 'open', 'returned'])]),
  };
});

export const COMPLEX_SQL = `WITH sales AS (
  SELECT c.region AS region, p.category AS category, o.day / 30 AS month, sum(o.quantity * p.cents) AS cents, count(*) AS orders
  FROM orders o JOIN customers c ON c.id = o.customer_id JOIN products p ON p.id = o.product_id
  WHERE o.status <> 'returned' GROUP BY 1, 2, 3)
SELECT region, category, month, cents, orders, rank() OVER (PARTITION BY month ORDER BY cents DESC, region, category) AS place,
  sum(cents) OVER (PARTITION BY region, category ORDER BY month) AS running
FROM sales ORDER BY month, place, region, category`;

/** 20,000 texts of 40 to 80 words, with a long tail of words. */
export const texts = once(() => {
  const r = random(14);
  const word = () => { const n = Math.floor(4000 * r() ** 3); return `${NAMES[n % 16]}${n < 16 ? '' : (n >> 4).toString(26)}`; };
  return Array.from({ length: 20_000 }, (_, i) => [i + 1, `${word()} ${word()}`, Array.from({ length: 40 + Math.floor(r() * 41) }, word).join(' ')]);
});
export const ftsQueries = once(() => { const r = random(15); return Array.from({ length: 60 }, (_, i) => { const w = () => `${NAMES[Math.floor(r() * 16)]}${1 + Math.floor(r() * 9)}`; return [`${w()} ${i % 3 === 0 ? 'AND' : 'OR'} ${w()}`, `"${w()}"*`, `${w()} OR ${w()} OR ${w()}`][i % 3]; }); });

/** 20,000 JSON documents of about 200 bytes. */
export const documents = once(() => {
  const r = random(16);
  return Array.from({ length: 20_000 }, (_, i) => [i + 1, JSON.stringify({
    id: i, name: `${NAMES[i % 16]} ${i}`, active: r() < 0.5, address: { city: CITIES[Math.floor(r() * 8)], zip: String(10_000 + Math.floor(r() * 90_000)) },
    tags: Array.from({ length: 1 + Math.floor(r() * 5) }, () => NAMES[Math.floor(r() * 16)]), visits: Math.floor(r() * 1000),
  })]);
});
