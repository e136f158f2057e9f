/** BM25 text search over `content`; how text becomes words is at the top of tokenizer.ts. */
export { TextIndex, type TextHits } from './text-index.js';
export { LANGUAGES } from './names.js';
