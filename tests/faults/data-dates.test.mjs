// Dates whatever zone the host is in (FAULTS 50): the same script in child processes under six zones.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Apia', 'America/Sao_Paulo'];
const SCRIPT = `
import { createDataProcessor } from '${new URL('../../js/dist/data.js', import.meta.url)}';
const texts = ['2024-03-10T02:30:00', '2024-03-31 02:30', '2024-11-03T01:30:00', '2024-06-01', '2024-06-01T24:00', '2024-06-01T24:00:01', '2016-12-31T23:59:60Z', '+275760-09-13T00:00:00Z', '+275760-09-13T00:00:00.001Z', '+275761-01-01', '-271821-04-20T00:00:00Z', '-271821-04-19T23:59:59.999Z', '1969-12-31T23:59:59.999Z', '1883-11-18T12:00:00', '0000-01-01', '-000000-01-01', '2011-12-30T10:00', '2023-02-29', '2024-02-29T12:00:00+05:30', '2024-06-01T12:00:00-00:00', '2024-06-01T12:00:00.123456789Z', '2024-6-1', '06/01/2024', 'June 1, 2024', '1717200000000'];
const out = { zone: new Date(2024, 6, 1).getTimezoneOffset(), local: new Date('2024-03-10T02:30:00').getTime(), answers: [] };
for (const implementation of ['js', 'simd']) {
  const service = createDataProcessor({ implementation, host: 'inline' }), answers = [];
  await service.ready();
  const rows = texts.map((s) => ({ s })), table = await service.load(rows);
  for (const args of [{ onError: 'null' }, { format: 'rfc2822', onError: 'null' }, { format: 'yyyy-MM-dd', onError: 'null' }]) for (const data of [rows, table]) {
    const { data: made } = await service.transform(data, { transformations: [{ field: 's', operation: 'toTimestamp', as: 't', args }] });
    answers.push((Array.isArray(made) ? made : await made.toRows()).map((r) => r.t));
  }
  for (const expr of ['toTimestamp(s)', "toString(dateTrunc('day', toTimestamp(s)))", 'hour(toTimestamp(s))', 'dayOfWeek(toTimestamp(s))', "toTimestamp(s) > '2024-01-01'", 'year(toTimestamp(s))', "toString(dateTrunc('week', toTimestamp(s)))"]) answers.push((await (await table.transform({ transformations: [{ field: 'x', operation: 'expression', args: { expr } }] })).toRows()).map((r) => r.x));
  const csv = await service.load('d\\n2024-03-10T02:30:00\\n2024-06-01\\n', { format: 'csv', schema: { d: 'timestamp' } });
  answers.push(await csv.toRows(), await csv.toCSV(), (await service.transform(await csv.toRows(), { transformations: [{ field: 'd', operation: 'toString' }] })).data);
  answers.push((await service.transform(rows, { transformations: [{ field: 's', operation: 'toDate', as: 'd', args: { onError: 'null' } }, { field: 'd', operation: 'normalize' }] })).data.map((r) => r.d));
  const codes = [];
  for (const s of texts) codes.push(await service.transform([{ s }], { transformations: [{ field: 's', operation: 'toDate' }] }).then(() => 'ok', (error) => error.code));
  answers.push(codes);
  out.answers.push(answers);
  await service.dispose();
}
console.log(JSON.stringify(out, (_, v) => (typeof v === 'bigint' ? String(v) : v)));`;
const under = (TZ) => JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { env: { ...process.env, TZ }, encoding: 'utf8' }));
const found = ZONES.map(under);

test('50 control: the hosts are in six different zones, and Date itself reads the same text six ways', () => {
  assert.ok(new Set(found.map(({ zone }) => zone)).size >= 5);
  assert.ok(new Set(found.map(({ local }) => local)).size >= 5);
});

test('50: no answer depends on the host\'s zone, nor on the implementation', () => {
  const [first] = found;
  for (const [i, { answers }] of found.entries()) for (const [variant, list] of answers.entries()) list.forEach((answer, k) => assert.deepEqual(answer, first.answers[0][k], `${ZONES[i]}, ${['js', 'simd'][variant]}, answer ${k}`));
});

test('50: what has no zone is UTC; 24:00 is the next day; leap seconds, days that are none and moments past a Date do not convert', () => {
  const [iso] = found[0].answers[0];
  assert.deepEqual(iso, [
    Date.UTC(2024, 2, 10, 2, 30), Date.UTC(2024, 2, 31, 2, 30), Date.UTC(2024, 10, 3, 1, 30), Date.UTC(2024, 5, 1), Date.UTC(2024, 5, 2), null, null, 8.64e15, null, null, -8.64e15, null, -1,
    Date.UTC(1883, 10, 18, 12), -62167219200000, null, Date.UTC(2011, 11, 30, 10), null, Date.UTC(2024, 1, 29, 6, 30), Date.UTC(2024, 5, 1, 12), Date.UTC(2024, 5, 1, 12, 0, 0, 123), null, null, null, null,
  ]);
  const codes = found[0].answers[0].at(-1);
  codes.forEach((code, i) => assert.equal(code, iso[i] === null ? 'PARSE' : 'ok', `text ${i}`));
});
