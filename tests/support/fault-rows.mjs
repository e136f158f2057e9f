// The rows of the fault matrix that are asserted here, what a user must get in each, and which tests bear a row's number: their names
// begin with it ('16: …', '1, 68: …', '9 control: …') or hold 'FAULTS 22'. A test whose name says 'control' is, or holds, the row's control.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('..', import.meta.url));

export const SECTIONS = { A: 'Loading and lifecycle', B: 'WebAssembly itself', C: 'Vector search', D: 'SQLite', E: 'Data processor', G: 'Observability' };

/** [row, section, fault, what the user gets] */
export const ROWS = [
  [1, 'A', 'the .wasm file answers 404, 500 or an HTML page', '`WASM_FETCH` with URL and status where pinned; else JavaScript with the same answers and one event'],
  [2, 'A', 'wrong MIME type', 'it works, with one hint event'],
  [3, 'A', 'truncated bytes, a flipped bit, another release\'s file', '`WASM_COMPILE` or `WASM_ABI`, before the first call'],
  [4, 'A', 'digest mismatch with `integrity: true`', '`INTEGRITY`, never worked around'],
  [5, 'A', 'a Content-Security-Policy or Trusted Types that forbid WebAssembly or workers', 'JavaScript answers, and the report names the missing directive'],
  [6, 'A', 'a fetch that never answers, offline midway', '`TIMEOUT` (15 s) or `WASM_FETCH`, then the fallback; a signal acts at once'],
  [7, 'A', '`initialize()` twice at once', 'one start; another configuration is `ALREADY_INITIALIZED`'],
  [8, 'A', '`cleanup()` during the start or during calls', 'each promise settles with its answer or `DISPOSED` within a second; it can be initialized again'],
  [9, 'A', 'initialize and cleanup again and again', 'memory, handles, listeners and workers stay where they were'],
  [10, 'A', 'import on a server without browser globals', 'nothing is touched; detection says why'],
  [11, 'A', 'a page that is not isolated', 'no threads, for the reason `not-isolated`'],
  [12, 'A', 'a worker script that is missing, broken or forbidden', '`WORKER_START` within 5 s, then the calling thread'],
  [13, 'A', 'a worker killed in the middle of calls', 'writes reject with `WORKER_LOST`, reads are asked again; what was acknowledged is there'],
  [14, 'A', 'faults that come again and again', 'three restarts within a minute, then the next implementation, told once; health is `degraded`; later the best one is tried again'],
  [15, 'A', 'floods of calls, answers in any order', 'bounded queues (`QUEUE_FULL`), no answer is another call\'s'],
  [16, 'B', 'a trap inside a call', 'the instance is never called again; a fresh one has what it held; the call is made again where it may be, else a typed error'],
  [17, 'B', 'memory that grows during a call', 'no stale view'],
  [18, 'B', 'memory that ends', '`OUT_OF_MEMORY`, nothing changed'],
  [19, 'B', 'memory that never shrinks', '`compact()` moves to a new instance'],
  [20, 'B', 'a forgotten `free()` or `dispose()`', 'memory is given back all the same, later'],
  [21, 'B', 'use after dispose, dispose twice', '`DISPOSED`; the second is nothing'],
  [22, 'B', 'a pool of threads that hangs at its start, panics, or is one of several', 'never on the calling thread; calls go on; the pool is made anew'],
  [23, 'B', 'one processor, an unknown number, very many', 'clamped'],
  [24, 'B', 'addresses above 2 GiB, sizes at 2^31 and 2^32', 'right, or a typed error'],
  [25, 'C', 'NaN, infinities, extremes', '`NOT_FINITE` with the place; overflow has the score that f64 gives'],
  [26, 'C', 'a zero vector under cosine', 'similarity 0, never NaN'],
  [27, 'C', 'what is no vector of these dimensions; one that changes meanwhile', 'a typed error, or an exact conversion of a copy'],
  [28, 'C', 'any string as id', 'it comes back as itself; the same twice replaces'],
  [29, 'C', 'a batch with one bad document', 'all or nothing'],
  [30, 'C', 'a collection churned again and again', 'recall and memory as of a fresh one'],
  [31, 'C', 'limits and filters at their ends', 'a typed error or the answer of brute force'],
  [32, 'C', 'index files that are cut, flipped, forged or newer', '`CORRUPT`; what was there stays'],
  [33, 'C', 'equal scores', 'the order of insertion, everywhere'],
  [34, 'D', 'injection by value or by name, several statements', 'bound or quoted; one statement a call'],
  [35, 'D', 'hostile SQL', 'it ends by deadline, limit or authorizer'],
  [36, 'D', 'corrupt, cut or foreign databases', '`CORRUPT`; no trap; the original untouched'],
  [37, 'D', 'killed in a write, power cut', 'the old or the new state, and sound'],
  [38, 'D', 'quota, I/O errors', 'a typed error, nothing half, and it works again'],
  [39, 'D', 'two openers of one database', '`BUSY`, or it is handed over'],
  [40, 'D', 'transactions nested, side by side, thrown out of, disposed in', 'undone or done, whole'],
  [41, 'D', 'values beyond what numbers hold', 'exact, or a typed error; never rounded in silence'],
  [42, 'D', 'results kept after a write', 'never stale'],
  [43, 'E', 'keys such as `__proto__`', 'plain data; no prototype changes'],
  [44, 'E', 'malformed, deep, cut JSON', 'an error with its offset, the same in any cut'],
  [45, 'E', 'ragged rows, unclosed quotes, formula cells', 'by the policy that was asked for'],
  [46, 'E', 'patterns and expressions that explode', 'linear time, or refused'],
  [47, 'E', 'decompression bombs, lying headers', 'limits and typed errors'],
  [48, 'E', 'many groups, mixed keys', 'one rule for keys; memory that ends is `OUT_OF_MEMORY`'],
  [49, 'E', 'sums that lose digits', 'compensated or exact; the same bits everywhere'],
  [50, 'E', 'dates without zone, at the ends of time, under other zones', 'independent of the host\'s zone'],
  [51, 'E', 'streams that throw, never end or are left', 'the source is closed, memory is bounded'],
  [52, 'E', 'letters of any language', 'one rule over all code points'],
  [64, 'G', 'a subscriber that throws, blocks, subscribes while it is told, or never leaves', 'no call and no other subscriber notices; one event, a warning from the eleventh'],
  [65, 'G', 'a name for every query, values in texts of queries', 'fixed sets of labels; summaries without literals, no text unless asked for'],
  [66, 'G', 'a clock that is coarse, stands still or goes back; a page that sleeps', 'null below its resolution, no negative time; gaps are no latency'],
  [67, 'G', 'markup in what the dashboard shows', 'text, under a policy with Trusted Types'],
  [68, 'G', 'a fallback that nobody notices', 'health is `degraded` with the reason; `requireWasm` makes it an error'],
];

/** Rows that a test's name bears, and whether it is or holds a control. */
export function rowsOf(name) {
  const numbers = /^(\d+(?:, ?\d+)*)(?: control)?:/i.exec(name)?.[1] ?? /FAULTS (\d+(?:, ?\d+)*)/.exec(name)?.[1];
  return { rows: numbers?.split(',').map(Number) ?? [], control: /\bcontrol\b/i.test(name) };
}

function filesIn(folder) {
  return readdirSync(join(tests, folder)).sort().flatMap((name) => {
    const path = folder ? `${folder}/${name}` : name;
    if (statSync(join(tests, path)).isDirectory()) return ['node_modules', 'hosts', 'fixtures'].includes(name) ? [] : filesIn(path);
    return name.endsWith('.test.mjs') ? [path] : [];
  });
}

/** The tests of each row by the sources alone: file → names as they are written there, `${…}` and all. */
export function testsByRow() {
  const found = new Map(ROWS.map(([row]) => [row, new Map()]));
  for (const file of filesIn('')) {
    for (const [, quote, body] of readFileSync(join(tests, file), 'utf8').matchAll(/\b(?:test|each)\(\s*(['"`])((?:\\.|\$\{[^}]*\}|(?!\1)[^\\])*)\1/g)) {
      const name = quote === '`' ? body : body.replace(/\\(.)/g, '$1');
      for (const row of rowsOf(name).rows) {
        if (!found.has(row)) throw new Error(`tests/${file}: '${name}' bears the number of no row`);
        const names = found.get(row).get(file) ?? [];
        found.get(row).set(file, [...names, name]);
      }
    }
  }
  return found;
}
