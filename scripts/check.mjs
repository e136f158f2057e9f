// The main job, headless: search, SQL, aggregation and clustering over the real sample, every answer compared with what lies beside it (computed by something
// else) and with the fallback. Exits 0 only when every promise held.
import { join } from 'node:path';
import { checkCompute } from './check/compute.mjs';
import { checkData } from './check/data.mjs';
import { checkSql } from './check/sql.mjs';
import { checkVectors } from './check/vector.mjs';
import { root } from './lib/proc.mjs';
import { readSample } from './lib/sample.mjs';

const SHIPPED = join(root, 'demo/data');

/** A part that fails altogether is a problem of its own and hides no other. */
const problemsOf = (part) => part.catch((error) => [`${error.code ?? error.name}: ${error.message}`]);

export async function check(folder = SHIPPED) {
  const sample = readSample(folder);
  const problems = [...await problemsOf(checkVectors(sample)), ...await problemsOf(checkSql(sample, folder, folder === SHIPPED)), ...await problemsOf(checkData(folder)), ...await problemsOf(checkCompute(sample))];
  for (const p of problems) console.error(`  ✗ ${p}`);
  console.log(problems.length ? '\ncheck failed' : '');
  return problems.length === 0;
}
