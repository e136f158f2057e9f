// What BufferedFiles keeps back of a write-ahead log: nothing of a commit, wherever its frame lies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferedFiles } from '../../../js/dist/host/storage/sql-buffered.js';

const PAGE = 4096, HEADER = 24;

/** A folder whose only file is a log of `frames` frames; `medium` is what has reached it. */
function log(frames) {
  let medium = new Uint8Array(32 + frames * (HEADER + PAGE));
  const raw = {
    size: () => medium.length, sync() {}, close() {}, truncate: (size) => { medium = medium.slice(0, size); },
    read: (into, at) => { const piece = medium.subarray(at, at + into.length); into.set(piece); return piece.length; },
    write(from, at) { if (at + from.length > medium.length) { const longer = new Uint8Array(at + from.length); longer.set(medium); medium = longer; } medium.set(from, at); },
  };
  const files = new BufferedFiles({ label: 'test', readonly: false, open: () => raw, delete() {}, exists: () => true, failure: (error) => error, close() {} });
  const handle = files.open('db-wal', false);
  return {
    get medium() { return medium.length; },
    header(at, commit) { const bytes = new Uint8Array(HEADER); bytes[7] = commit ? 9 : 0; files.write(handle, bytes, at); },
    page: (at) => files.write(handle, new Uint8Array(PAGE).fill(1), at),
    frame(at, commit) { this.header(at, commit); this.page(at + HEADER); return at + HEADER + PAGE; },
  };
}

test('control: frames without a commit are kept back, and go with the commit behind them', () => {
  const wal = log(0);
  wal.page(0); // its header
  let at = wal.frame(PAGE, false);
  const before = wal.medium;
  at = wal.frame(at, false);
  assert.equal(wal.medium, before);
  assert.equal(wal.medium < at, true);
  at = wal.frame(at, true);
  assert.equal(wal.medium, at);
});

test('the first commit behind a log that was there at opening reaches the medium whole', () => {
  for (const frames of [1, 3]) {
    const wal = log(frames);
    let at = wal.frame(wal.medium, true);
    assert.equal(wal.medium, at, 'one frame');
    at = wal.frame(at, true);
    assert.equal(wal.medium, at, 'and the next');
  }
});

test('so does a commit behind headers that were corrected', () => {
  const wal = log(2);
  let at = wal.frame(wal.medium, false);
  at = wal.frame(at, true);
  wal.header(32, false);
  wal.header(32 + HEADER + PAGE, true);
  at = wal.frame(at, true);
  assert.equal(wal.medium, at);
});
