/** Metadata filters: `compileFilter` validates, `MetadataIndex` answers. The language: docs/vector-filters.md. */
export { compileFilter } from './compile.js';
export { MetadataIndex, type FilterAnswer } from './metadata-index.js';
export { hasBit, popcount, slotsOf, wordsFor } from './bitmap.js';
export type { FilterNode } from './ast.js';
