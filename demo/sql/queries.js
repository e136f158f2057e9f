/**
 * Sample queries, each for one thing that SQLite does well. demo/data/sql-answers.json holds their answers, computed by another SQLite
 * (scripts/make-sql-answers.mjs); every ORDER BY is total, so that there is one right answer.
 *
 * `needs`: what some engines lack. `vector`: its `?` is the vector of a sample query. `advice`: an index makes it faster.
 */
export const QUERIES = [
  {
    name: 'Sections by size', sql: `SELECT s.name AS section, count(*) AS packages, sum(p.download_bytes) AS bytes, round(avg(p.installed_kib), 1) AS mean_kib
FROM packages AS p JOIN sections AS s ON s.id = p.section_id
GROUP BY s.id ORDER BY bytes DESC, section LIMIT 15`,
  },
  {
    name: 'A word (an index helps)', advice: true, sql: `SELECT p.name, p.summary
FROM words AS w JOIN packages AS p ON p.id = w.package_id
WHERE w.word = 'compiler' AND w.position < 3
ORDER BY p.name`,
  },
  {
    name: 'Words beside a word (an index helps)', advice: true, sql: `SELECT after.word, count(*) AS times
FROM words AS w JOIN words AS after ON after.package_id = w.package_id AND after.position = w.position + 1
WHERE w.word = 'text'
GROUP BY after.word ORDER BY times DESC, after.word LIMIT 12`,
  },
  {
    name: 'Full text (FTS5)', needs: 'fts5', sql: `SELECT p.name, snippet(descriptions, 1, '[', ']', '…', 10) AS found
FROM descriptions JOIN packages AS p ON p.id = descriptions.rowid
WHERE descriptions MATCH '(puzzle OR arcade OR strategy) AND game*'
ORDER BY descriptions.rank, p.id LIMIT 12`,
  },
  {
    name: 'Parts of names (JSON)', sql: `SELECT part.value AS part, count(*) AS packages, max(json_extract(p.facts, '$.sizes.download')) AS largest
FROM packages AS p, json_each(p.facts, '$.parts') AS part
GROUP BY part.value ORDER BY packages DESC, part LIMIT 12`,
  },
  {
    name: 'Three largest of each section (window)', sql: `WITH ranked AS (
  SELECT s.name AS section, p.name, p.installed_kib,
    row_number() OVER largest AS place,
    round(100.0 * sum(p.installed_kib) OVER largest / sum(p.installed_kib) OVER (PARTITION BY s.id), 1) AS percent_so_far
  FROM packages AS p JOIN sections AS s ON s.id = p.section_id
  WINDOW largest AS (PARTITION BY s.id ORDER BY p.installed_kib DESC, p.id ROWS UNBOUNDED PRECEDING)
)
SELECT * FROM ranked WHERE place <= 3 ORDER BY section, place`,
  },
  {
    name: 'Nearest by meaning (vectors)', needs: 'vectors', vector: true, sql: `SELECT p.id, p.name, p.summary
FROM embeddings AS e JOIN packages AS p ON p.id = e.package_id
ORDER BY vec_distance_cosine(e.embedding, ?), p.id LIMIT 10`,
  },
];
