/** What every contender of the page writes. */
export const SCHEMA = ['CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, at INTEGER, what TEXT)', 'CREATE TABLE IF NOT EXISTS big (id INTEGER PRIMARY KEY, value REAL, what TEXT)'];
export const CHECK = 'SELECT (SELECT count(*) FROM log) AS logs, (SELECT sum(at) FROM log) AS sum, (SELECT count(*) FROM big) AS big, (SELECT sum(length(what)) FROM big) AS chars';
export const log = (i) => [i, `event ${i}`];
export const row = (i) => [i + 1, i * 1.5, `row number ${i} of the large transaction`];
