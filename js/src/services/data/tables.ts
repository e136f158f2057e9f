/** What loading and resident tables need on the caller's side of a backend; fetched by the first load. */
import type { MaybePromise } from '../../calls/maybe-promise.js';
import type { TableState } from './backend.js';
import { load } from './load.js';
import { ResidentTable, type TableHome } from './table.js';
import type { LoadOptions, LoadSource } from './types.js';

export class Tables {
  readonly #home: TableHome;

  constructor(home: TableHome) {
    this.#home = home;
  }

  make(state: TableState): ResidentTable { return new ResidentTable(this.#home, state); }
  load(source: LoadSource, options: LoadOptions | undefined): MaybePromise<TableState> { return load(this.#home.backend, source, options); }
}
