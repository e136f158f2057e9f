// Events and who listens: apart from the work, from each other and from themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStream } from '../../../js/dist/observability/stream.js';

const turn = (ms = 2) => new Promise((resolve) => { setTimeout(resolve, ms); });
const event = (message, type = 'load') => ({ type, message });

test('listeners hear events in order, in a turn of their own', async () => {
  const stream = new EventStream(), heard = [];
  stream.on(({ message }) => heard.push(message));
  stream.emit(event('a'));
  stream.emit(event('b'));
  assert.deepEqual(heard, []);
  await Promise.resolve();
  assert.deepEqual(heard, ['a', 'b']);
});

test('events are counted and the last 200 kept, or none', () => {
  const stream = new EventStream();
  for (let i = 0; i < 500; i++) stream.emit(event(`${i}`));
  assert.deepEqual([stream.recent().length, stream.recent()[0].message, stream.counts], [200, '300', { load: 500 }]);
  const silent = new EventStream();
  silent.keeps = false;
  silent.emit(event('x', 'error'));
  assert.deepEqual([silent.recent(), silent.counts], [[], { error: 1 }]);
});

test('an iterator keeps the last 1000 events that nobody asked for, and says how many are gone', async () => {
  const stream = new EventStream(), iterator = stream.events();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 500; i++) stream.emit(event(`${round * 500 + i}`));
    await turn();
  }
  const first = await iterator.next();
  assert.deepEqual([first.value.message, first.value.data.missed], ['500', 500]);
  assert.equal((await iterator.next()).value.data, undefined);
  await iterator.return();
  assert.deepEqual([stream.listeners, (await iterator.next()).done], [0, true]);
});

test('leaving a loop, a fired signal and return() take the listener back; waiting readers end', async () => {
  const stream = new EventStream(), controller = new AbortController();
  const loop = (async () => { for await (const _ of stream.events()) break; })();
  const waiting = [stream.events(controller.signal)].map((iterator) => [iterator.next(), iterator.next()]).flat();
  assert.equal(stream.listeners, 2);
  stream.emit(event('x'));
  await loop;
  controller.abort();
  assert.deepEqual((await Promise.all(waiting)).map(({ done }) => done), [false, true]);
  assert.equal(stream.listeners, 0);
});

test('a listener that is taken back while events wait hears no more of them', async () => {
  const stream = new EventStream(), heard = [];
  const stop = stream.on(({ message }) => { heard.push(message); stop(); });
  stream.emit(event('a'));
  stream.emit(event('b'));
  await turn();
  assert.deepEqual(heard, ['a']);
});
