/** Every case of every service. Add a file here and raise the counts in ../expected-cells.json. */
import documents from './vector-documents.mjs';
import filters from './vector-filters.mjs';
import hnsw from './vector-hnsw.mjs';
import input from './vector-input.mjs';
import lifecycle from './vector-lifecycle.mjs';
import manager from './manager-base.mjs';
import managerObservability from './manager-observability.mjs';
import metrics from './vector-metrics.mjs';
import options from './vector-options.mjs';
import order from './vector-order.mjs';
import quantization from './vector-quantization.mjs';
import recovery from './vector-recovery.mjs';
import { COMPUTE } from './compute-index.mjs';
import { DATA } from './data-index.mjs';
import { SQLITE } from './sqlite-index.mjs';
import storage from './vector-storage.mjs';
import strings from './vector-strings.mjs';
import text from './vector-text.mjs';

/** Suites by service: within one, every cell runs the same cases. */
export const SUITES = {
  vector: [...metrics, ...order, ...documents, ...options, ...filters, ...text, ...strings, ...quantization, ...hnsw, ...input, ...storage, ...recovery, ...lifecycle],
  sqlite: SQLITE,
  data: DATA,
  compute: COMPUTE,
  manager: [...manager, ...managerObservability],
};
