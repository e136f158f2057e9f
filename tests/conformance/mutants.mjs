/**
 * Who tests the tests: every mutant must fail at least one conformance case, and the wrapper without a mutation must fail none.
 *
 *     node tests/conformance/mutants.mjs [part of a mutant's name]
 */
import * as services from 'wasm-services';
import * as testing from 'wasm-services/testing';
import { SUITES } from './cases/index.mjs';
import { runCase } from './lib/harness.mjs';
import { processHost } from './lib/host-process.mjs';
import { COMPUTE_MUTANTS } from './mutants/compute.mjs';
import { MUTANTS } from './mutants/mutants.mjs';
import { report } from '../support/report.mjs';

const pkg = { ...services, ...testing };
const CASES = Object.values(SUITES).flat();
/** A mutant that hangs is caught too, sooner than a right implementation may take. */
const MUTANT_CASE_MS = 10_000;

/** An object that answers like `target` except for the own properties of `instead`. */
function spoiled(target, instead) {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(instead, key)) return instead[key];
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const mutate = ({ config = (c) => c, service, manager, compute }) => ({
  ...pkg,
  createVectorSearch: (c = {}) => {
    const right = pkg.createVectorSearch(config(c));
    return service ? spoiled(right, service(right, c, pkg)) : right;
  },
  createComputeEngine: (c = {}) => {
    const right = pkg.createComputeEngine(c);
    return compute ? spoiled(right, compute(right, c, pkg)) : right;
  },
  createWASMServices: () => {
    const right = pkg.createWASMServices();
    return manager ? spoiled(right, manager(right, pkg)) : right;
  },
});

const took = new Map();

/** The cases that the mutant fails; only the first one unless `all`. None: it survived. */
async function failing(mutant, cases, all = false) {
  const host = processHost('node20');
  const failed = [];
  for (const testCase of cases) {
    const started = performance.now();
    const result = await runCase({ ...testCase, timeoutMs: MUTANT_CASE_MS }, { pkg: mutate(mutant), variant: 'js', host });
    if (all) took.set(testCase, performance.now() - started);
    if (!result.ok) failed.push(result);
    if (failed.length > 0 && !all) break;
  }
  await host.end();
  return failed;
}

const wanted = process.argv[2] ?? '';
const failures = [];
let passed = 0;
/** A case that breaks off leaves promises that nobody waits for any more: noise under a mutant, a failure without one. */
const abandoned = [];
process.on('unhandledRejection', (error) => { abandoned.push(error); });
const control = await failing({ service: () => ({}), manager: () => ({}), compute: () => ({}) }, CASES, true);
control.push(...abandoned.map((error) => ({ name: '(an unhandled rejection)', error: String(error?.stack ?? error) })));
if (control.length === 0) passed++;
for (const { name, error } of control) failures.push({ name: 'control', error: `the unspoiled implementation fails "${name}": ${error.split('\n')[0]}` });
/** Quick cases first: most mutants fall to one of them. */
const sound = CASES.filter((c) => !control.some((f) => f.name === c.name)).sort((a, b) => took.get(a) - took.get(b));
for (const mutant of [...MUTANTS, ...COMPUTE_MUTANTS].filter((m) => m.name.includes(wanted))) {
  const [caught] = await failing(mutant, mutant.compute ? sound.filter((c) => c.service === 'compute') : sound);
  if (caught) { passed++; console.log(`caught: ${mutant.name}\n    by "${caught.name}"`); }
  else failures.push({ name: mutant.name, error: 'survived every case' });
}
for (const { name, error } of failures) console.log(`✗ ${name}: ${error}`);
process.exit(await report({ suite: 'mutants', passed, failures }));
