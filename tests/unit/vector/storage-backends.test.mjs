// The storage suite on the reference backend and on real directories.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ServiceError } from '../../../js/dist/errors.js';
import { storageBackend } from '../../../js/dist/host/storage/index.js';
import { f32Rows } from '../../../js/dist/services/vector/storage/format.js';
import { openStore } from '../../../js/dist/services/vector/storage/store.js';
import { makeAssert } from '../../conformance/lib/assert.mjs';
import { MemoryBackend, MemoryDisk } from '../../conformance/storage-memory-backend.mjs';
import { cases } from '../../conformance/storage-suite.mjs';

const root = mkdtempSync(join(tmpdir(), 'wasm-services-'));
after(() => rmSync(root, { recursive: true, force: true }));
let places = 0;

const PLACES = {
  memory() {
    const disk = new MemoryDisk();
    return () => new MemoryBackend(disk);
  },
  directory() {
    const name = `Place/${++places}`;
    return () => storageBackend({ storage: { directory: join(root, 'not', 'yet', 'there') }, name, service: 'vector' });
  },
};

for (const [kind, makePlace] of Object.entries(PLACES)) {
  describe(kind, () => {
    // The reference backend throws errors of its own class with the same shape.
    const assert = makeAssert({ ServiceError: kind === 'memory' ? Error : ServiceError });
    for (const { name, run } of cases(makePlace, { openStore, f32Rows }, assert)) test(name, run);
  });
}
