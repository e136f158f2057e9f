/** The package's own SQLite over a disk that loses power, as sqlite-lives.mjs takes it. */
import { ServiceError } from '../../js/dist/errors.js';
import { BufferedFiles } from '../../js/dist/host/storage/sql-buffered.js';
import { loadModule } from '../../js/dist/loader/index.js';
import { SQLITE } from '../../js/dist/loader/sqlite.gen.js';
import { createWasmEngine } from '../../js/dist/services/sqlite/wasm-engine.js';
import { PowerFolder } from './sqlite-power-disk.mjs';

/** SQL on an engine, in the two ways that the lives need. */
export const overEngine = (engine) => ({
  configure: (sql) => engine.configure(sql),
  exec: (sql) => engine.exec(sql),
  all(sql) {
    const statement = engine.prepare(sql);
    try {
      return statement.all(undefined).arrays({ bigint: false });
    } finally {
      statement.finalize();
    }
  },
  close: () => engine.close(),
});

/** More databases than this, and the next ones get an instance of their own: memory of an instance never shrinks. */
const DATABASES = 60;

/** How to open a database on a PowerDisk. */
export async function connectWasm() {
  const module = await loadModule(SQLITE, 'simd');
  let opened = 0;
  let glue;
  return (disk) => {
    if (opened++ % DATABASES === 0) glue = module.createInstance();
    return overEngine(createWasmEngine(glue, { files: new BufferedFiles(new PowerFolder(disk, ServiceError)) }));
  };
}
