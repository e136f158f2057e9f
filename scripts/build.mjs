#!/usr/bin/env node
// `npm run build`: everything from sources to the package in dist/, by way of tsc's modules in js/dist. Steps whose inputs did not change are skipped.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildEntries } from './build-entries.mjs';
import { bundle } from './bundle.mjs';
import { buildWasm, copyArtifacts } from './build-wasm.mjs';
import { vendorStemmers } from './vendor-stemmers.mjs';
import { writeNotices } from './notices.mjs';
import { hashOf, isFresh, markFresh } from './lib/stamp.mjs';
import { root, run } from './lib/proc.mjs';

/** Builds the package; returns the manifest's artifacts. */
export async function build() {
  const artifacts = buildWasm();
  vendorStemmers();
  const hash = hashOf(['js/src', 'js/tsconfig.json', 'package-lock.json']);
  if (!isFresh('tsc', hash, ['js/dist/index.js'])) {
    rmSync(join(root, 'js/dist'), { recursive: true, force: true });
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'js'], { label: 'tsc -p js' });
    vendorStemmers();
    markFresh('tsc', hash);
  }
  copyArtifacts();
  buildEntries();
  await bundle();
  writeNotices();
  return artifacts;
}

if (process.argv[1] === join(root, 'scripts/build.mjs')) {
  await build();
  console.log('built: dist is ready to import');
}
