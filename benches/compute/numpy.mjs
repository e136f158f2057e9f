/** numpy as a reference, behind the race: a process of its own on the same inputs, one thread, its answers judged like everyone's. `PYTHON` names the interpreter. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../lib/measure.mjs';
import { ms, row } from '../lib/rows.mjs';
import { equalAnswers } from './answers.mjs';
import { NUMPY } from './contenders.mjs';

const script = fileURLToPath(new URL('./reference.py', import.meta.url)), python = process.env.PYTHON ?? 'python3';
const ENDING = { Float32Array: 'f32', Float64Array: 'f64', Uint32Array: 'u32' };
let absent;
/** Why there is no numpy; empty where there is one. */
function lacking() {
  if (absent === undefined) {
    try { execFileSync(python, ['-c', 'import numpy'], { stdio: ['ignore', 'ignore', 'pipe'] }); absent = ''; } catch (error) { absent = error.code === 'ENOENT' ? `there is no ${python}` : `${python} has no numpy`; }
  }
  return absent;
}
const read = (folder, i, Type) => { const { buffer, byteOffset, length } = readFileSync(join(folder, `answer${i}`)); return new Type(buffer.slice(byteOffset, byteOffset + length)); };

/**
 * @param {{ task: string, inputs: Record<string, ArrayLike<number>>, sizes?: number[], types?: Function[], proof(...parts): unknown, right(): unknown, label?: string, mine?: { median?: number } }} what
 *   types: of the parts of its answer; right: the answer of the careful JavaScript; mine: the result it is set beside
 */
export function numpyRow({ task, inputs, sizes = [], types = [Float64Array], proof, right, label = '', mine, figure = (r) => ms(r.median) }, quick) {
  const name = `${label && `${label}: `}${NUMPY} (reference)`, why = lacking();
  if (why) return row(name, `no time: ${why}`);
  const folder = mkdtempSync(join(tmpdir(), 'numpy-'));
  try {
    for (const [key, list] of Object.entries(inputs)) writeFileSync(join(folder, `${key}.${ENDING[list.constructor.name]}`), list);
    const { times, version } = JSON.parse(execFileSync(python, [script, folder, task, quick ? '1' : '5', ...sizes.map(String)], { encoding: 'utf8' }));
    const given = proof(...types.map((Type, i) => read(folder, i, Type)));
    if (!equalAnswers(right(), given)) return row(name, `no time: another answer: ${JSON.stringify(given).slice(0, 120)}`);
    const own = { median: median(times) };
    return row(name, `${figure(own)}${mine?.median ? ` = ${(own.median / mine.median).toFixed(2)}x ours` : ''}, numpy ${version}, after the race`);
  } catch (error) { return row(name, `no time: ${String(error?.message ?? error).slice(0, 160)}`); } finally { rmSync(folder, { recursive: true }); }
}
