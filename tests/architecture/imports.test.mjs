/** Who may import whom in js/src (ARCHITECTURE.md, "Who may import whom"). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, imports } from './sources.mjs';

const SOURCES = files('js/src', /\.ts$/).filter((path) => !path.endsWith('.d.ts'));
const LEAVES = new Set(['js/src/errors.ts', 'js/src/types.ts', 'js/src/context.ts', 'js/src/faults.ts', 'js/src/utf8.ts']);

/** Rooms from the top down; a room may import its own files and those of the rooms it names. Leaves are open to all. */
const ROOMS = [
  { name: 'entries', of: /^js\/src\/(index|vector|sqlite|compute|data|testing|observability|otel|headers|vite|store|react)\.ts$/, may: ['manager', 'services', 'capabilities', 'testing', 'performance', 'observability'] },
  { name: 'testing', of: /^js\/src\/testing\//, may: [] },
  { name: 'edge entries', of: /^js\/src\/edge\//, may: ['entries', 'manager', 'observability'] },
  { name: 'inline entries', of: /^js\/src\/inline\//, may: [] },
  { name: 'drivers', of: /^js\/src\/sqlite-(kysely|drizzle)\.ts$/, may: [] },
  { name: 'manager', of: /^js\/src\/(manager|config)\.ts$/, may: ['services', 'capabilities', 'loader', 'host', 'worker', 'performance', 'observability'] },
  { name: 'observability', of: /^js\/src\/(observability\/|health\.ts)/, may: ['performance', 'capabilities', 'host'] },
  { name: 'performance', of: /^js\/src\/performance\//, may: ['host'] },
  { name: 'worker entries', of: /^js\/src\/worker\/.*entry\.ts$/, may: ['services', 'worker', 'host', 'loader', 'capabilities'] },
  { name: 'worker', of: /^js\/src\/worker\//, may: ['host', 'loader', 'supervise'] },
  { name: 'services', of: /^js\/src\/services\//, may: ['calls', 'dispatch', 'expression', 'worker', 'loader', 'supervise', 'capabilities', 'host', 'vendor'] },
  { name: 'dispatch', of: /^js\/src\/dispatch\//, may: ['calls', 'host'] },
  { name: 'calls', of: /^js\/src\/calls\//, may: ['host'] },
  { name: 'loader', of: /^js\/src\/loader\//, may: ['supervise', 'capabilities', 'host'] },
  { name: 'supervise', of: /^js\/src\/supervise\//, may: ['host'] },
  { name: 'capabilities', of: /^js\/src\/capabilities\//, may: ['detection'] },
  { name: 'expression', of: /^js\/src\/expression\//, may: [] },
  { name: 'host', of: /^js\/src\/host\//, may: ['detection'] },
  { name: 'detection', of: /^js\/src\/detect\.ts$/, may: [] },
  { name: 'vendor', of: /^js\/src\/vendor\//, may: [] },
  { name: 'leaves', of: /^js\/src\/(errors|types|context|faults|utf8|make-code)\.ts$/, may: [] },
];
/** What expressions know of tables: shapes alone. */
const SEAMS = /^js\/src\/services\/data\/(columns|engine|types)\.ts$/;
const roomOf = (path) => ROOMS.find(({ of }) => of.test(path));

test('every source file belongs to a room', () => {
  assert.deepEqual(SOURCES.filter((path) => !roomOf(path)), []);
  assert.ok(SOURCES.length > 30, 'the sources were found');
});

for (const room of ROOMS) {
  test(`${room.name} import only what lies below them`, () => {
    const wrong = SOURCES.filter((path) => roomOf(path) === room).flatMap(imports).filter(({ target, typeOnly }) => {
      if (!target.startsWith('js/')) return false;
      const other = roomOf(target);
      // The shape of a call or an error may be named anywhere; it leaves nothing in the JavaScript.
      return other !== room && other?.name !== 'leaves' && !room.may.includes(other?.name) && !(typeOnly && !['entries', 'leaves'].includes(room.name) && (room.name === 'expression' ? SEAMS : /\/types\.ts$/).test(target));
    });
    assert.deepEqual(wrong.map(({ from, target }) => `${from} imports ${target}`), []);
  });
}

/** Entries that exist for a package that their user has installed. */
const OWN_PACKAGE = { 'js/src/react.ts': /^react$/, 'js/src/sqlite-kysely.ts': /^kysely$/, 'js/src/sqlite-drizzle.ts': /^drizzle-orm(\/|$)/, 'js/src/otel.ts': /^@opentelemetry\/api$/ };

test('packages are imported by the host room alone, and only those of node; and by the entry that is made for one', () => {
  for (const [path, name] of Object.entries(OWN_PACKAGE)) assert.ok(imports(path).some(({ target }) => name.test(target)), path);
  const wrong = SOURCES.flatMap(imports).filter(({ from, target, typeOnly }) =>
    !target.startsWith('js/') && !OWN_PACKAGE[from]?.test(target) && !(target.startsWith('node:') && (roomOf(from).name === 'host' || roomOf(from).name === 'worker entries')) && !(target.startsWith('node:') && typeOnly && roomOf(from).name === 'host'));
  assert.deepEqual(wrong.map(({ from, target }) => `${from} imports ${target}`), []);
});

test('a service never imports another service', () => {
  const service = (path) => /^js\/src\/services\/([^/]+)\//.exec(path)?.[1];
  const wrong = SOURCES.flatMap(imports).filter(({ from, target }) => service(from) && service(target) && service(from) !== service(target));
  assert.deepEqual(wrong, []);
});

test('imports form no circle', () => {
  const graph = new Map(SOURCES.map((path) => [path, imports(path).filter((i) => !i.typeOnly && i.target.startsWith('js/')).map((i) => i.target)]));
  const done = new Set();
  const circles = [];
  const visit = (path, trail) => {
    if (trail.includes(path)) { circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> ')); return; }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of SOURCES) visit(path, []);
  assert.deepEqual(circles, []);
});

test('the manager knows a service by its index alone, and by what explains it', () => {
  const wrong = imports('js/src/manager.ts').filter(({ target, typeOnly }) => !typeOnly && /services\//.test(target) && !/services\/[^/]+\/(index|explain)\.ts$/.test(target));
  assert.deepEqual(wrong, []);
});
