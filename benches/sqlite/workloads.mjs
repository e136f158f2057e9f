/** The workloads of the SQLite bench. Each gives `{ title, rows, samples }`. */
import { cached } from './cached.mjs';
import { endEveryone } from './contenders.mjs';
import { file } from './file.mjs';
import { MEMORY } from './memory.mjs';
import { opfs } from './browser.mjs';
import { size } from './size.mjs';
import { vectors } from './vectors.mjs';

export const WORKLOADS = { ...MEMORY, cached, vectors, file, opfs, size };
export const end = endEveryone;
