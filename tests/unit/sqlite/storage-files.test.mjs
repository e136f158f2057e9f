// The suite of every SqlFiles on a disk in memory and on real files.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ServiceError } from '../../../js/dist/errors.js';
import { armFault } from '../../../js/dist/faults.js';
import { BufferedFiles } from '../../../js/dist/host/storage/sql-buffered.js';
import { openNodeFiles } from '../../../js/dist/host/storage/sql-node-files.js';
import { makeAssert } from '../../conformance/lib/assert.mjs';
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
