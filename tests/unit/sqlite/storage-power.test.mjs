// A thousand power cuts under real SQLite: whatever the disk kept, the file is whole and no acknowledged commit is missing. `npm run test:soak` plays ten thousand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectWasm } from '../../support/sqlite-connect.mjs';
import { CONTROLS, PROMISES, playLives } from '../../support/sqlite-lives.mjs';

const LIVES = 1000;

for (const { name, share, settings } of PROMISES) {
  test(`37: ${LIVES * share / 100} lives: ${name}`, async () => {
    assert.deepEqual(playLives(await connectWasm(), 1, 1 + LIVES * share / 100, settings), []);
  });
}

for (const { settings } of CONTROLS) {
  test(`37 control: a disk that lies about syncs is found out (${settings.journalMode}, ${settings.synchronous})`, async () => {
    const wrong = playLives(await connectWasm(), 1, 101, settings);
    assert.ok(wrong.length >= 10, `only ${wrong.length} of 100 lives show it`);
    assert.ok(wrong.some((what) => /unreadable|integrity_check|the rows are not/.test(what)), 'none of them is damage');
    if (settings.synchronous === 'full') assert.ok(wrong.some((what) => /are left|nothing left/.test(what)), 'none of them is loss');
  });
}
