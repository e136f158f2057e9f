// The suite of every SqlFiles on a disk in memory and on real files, there on every runtime.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, describe, test } from 'node:test';
import { ServiceError } from '../../../js/dist/errors.js';
import { armFault } from '../../../js/dist/faults.js';
import { BufferedFiles } from '../../../js/dist/host/storage/sql-buffered.js';
import { openNodeFiles } from '../../../js/dist/host/storage/sql-node-files.js';
import { makeAssert } from '../../conformance/lib/assert.mjs';
import { hosts } from '../../conformance/lib/hosts.mjs';
import { PowerDisk, PowerFolder } from '../../support/sqlite-power-disk.mjs';
import { cases } from './storage-suite.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));
let places = 0;

const PLACES = {
  memory() {
    const disk = new PowerDisk();
    return async ({ readonly = false }) => new BufferedFiles(new PowerFolder(disk, ServiceError, readonly));
  },
  file() {
    const path = join(root, 'not', 'yet', 'there', `${++places}.db`);
    return ({ readonly = false }) => openNodeFiles(path, readonly);
  },
};

for (const [kind, makePlace] of Object.entries(PLACES)) {
  describe(kind, () => {
    for (const { name, run } of cases(makePlace, makeAssert({ ServiceError }), armFault)) test(name, run);
  });
}

for (const [host, flags] of [['bun', []], ['node-newest', []], ['deno', ['run', '-A']]]) {
  test(`the suite on real files in ${host}`, () => {
    const runner = fileURLToPath(new URL('storage-runner.mjs', import.meta.url));
    const results = JSON.parse(execFileSync(hosts[host](), [...flags, runner, mkdtempSync(join(root, `${host}-`))], { encoding: 'utf8' }));
    assert.deepEqual(results.filter(({ ok }) => !ok), []);
    assert.ok(results.length >= 21, `only ${results.length} cases ran`);
  });
}
