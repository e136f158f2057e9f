// docs/error-codes.md names every code with its cure, and none that does not exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from '../../../js/dist/index.js';

test('every error code is documented, and every documented code exists', () => {
  const text = readFileSync(new URL('../../../docs/error-codes.md', import.meta.url), 'utf8');
  const documented = new Set([...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((m) => m[1]));
  assert.deepEqual([...documented].sort(), [...ERROR_CODES].sort());
});
