/**
 * The storage suite as a plain function, for hosts without node:test: [{ name, ok, error? }]. Run as a program, over a real file, it prints that
 * as JSON: `bun storage-runner.mjs FOLDER`.
 */
import { ServiceError } from '../../../js/dist/errors.js';
import { armFault } from '../../../js/dist/faults.js';
import { makeAssert } from '../../conformance/lib/assert.mjs';
import { cases } from './storage-suite.mjs';

/** `makePlace` as the suite takes it. */
export async function runSuite(makePlace) {
  const results = [];
  for (const { name, run } of cases(makePlace, makeAssert({ ServiceError }), armFault)) {
    try {
      await run();
      results.push({ name, ok: true });
    } catch (error) {
      results.push({ name, ok: false, error: `${error.name} ${error.code ?? ''}: ${error.message}` });
    }
  }
  return results;
}

const folder = globalThis.process?.argv?.[2];
if (folder && import.meta.url.endsWith(globalThis.process.argv[1].split('/').at(-1))) {
  const { openNodeFiles } = await import('../../../js/dist/host/storage/sql-node-files.js');
  let places = 0;
  const results = await runSuite(() => {
    const path = `${folder}/${++places}.db`;
    return ({ readonly = false }) => openNodeFiles(path, readonly);
  });
  console.log(JSON.stringify(results));
}
