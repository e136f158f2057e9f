/** The browser side of a cell: what a page lends to the cases, and the call that the runner makes. */
import * as services from 'wasm-services';
import * as testing from 'wasm-services/testing';
import { SUITES } from '../cases/index.mjs';
import { runCases } from '../lib/harness.mjs';

const pkg = { ...services, ...testing };
let collections = 0;

function pageHost(name, unsupported) {
  return {
    name,
    runtime: 'browser',
    page: true,
    isolated: globalThis.crossOriginIsolated,
    disableWasm: false,
    /**
     * A page starts a worker in some 50 ms, so one kind of page runs each case in workers and the other in place;
     * loops over many collections go on in place. Cases about hosting name their host, and managers take the default, everywhere.
     */
    homeOf: (nth, { storage }) => (storage === 'opfs' || (globalThis.crossOriginIsolated && nth < 1) ? 'auto' : 'inline'),
    async durable() {
      const collection = `case-${++collections}`;
      return [{ storage: 'opfs', name: collection }, { storage: 'indexeddb', name: collection }];
    },
    sqlite: { sqljs: new URL('/node_modules/sql.js/dist/sql-asm-memory-growth.js', location.href) },
    unsupported,
    async durableSQLite() {
      const database = `case-${++collections}`;
      return [{ storage: 'opfs', name: database, host: 'worker' }, { storage: 'indexeddb', name: database }];
    },
    lacks: { directory: '/somewhere' },
    lacksSQLite: { file: '/somewhere/case.sqlite' },
    async fixture(file) {
      const response = await fetch(`/tests/fixtures/${file}`);
      if (!response.ok) throw new Error(`no fixture ${file}: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

window.runCell = async (name, variant, only) => {
  if (name.endsWith('-isolated') !== globalThis.crossOriginIsolated) throw new Error(`the page's isolation is ${globalThis.crossOriginIsolated}`);
  const host = pageHost(name, await (await fetch('/tests/conformance/sqlite-unsupported.json')).json());
  for (const [service, cases] of Object.entries(SUITES)) {
    await runCases(cases, { pkg, variant, host, only, onResult: (result) => window.reportCase({ service, ...result }) });
  }
};
