/** What callers get: documents and results of their own, made from slots. */
import { ServiceError } from '../../errors.js';
import type { Collection } from './collection.js';
import type { VectorEngine } from './engine.js';
import { cloneMetadata } from './metadata.js';
import type { Ranking } from './search.js';
import type { VectorDocument, VectorSearchResult } from './types.js';

export function results(collection: Collection, engine: VectorEngine | undefined, ranking: Ranking, includeEmbedding: boolean): VectorSearchResult[] {
  const out = new Array<VectorSearchResult>(ranking.count);
  const slots = includeEmbedding ? new Uint32Array(ranking.count) : undefined;
  for (let i = 0; i < ranking.count; i++) {
    const slot = ranking.slots[i];
    const result: VectorSearchResult = { id: collection.idAt(slot)!, score: ranking.scores[i] };
    const content = collection.contentAt(slot);
    if (content !== undefined) result.content = content;
    const metadata = collection.metadataAt(slot);
    if (metadata !== undefined) result.metadata = cloneMetadata(metadata);
    out[i] = result;
    if (slots) slots[i] = slot;
  }
  // Rows come last: asking for one may overwrite the arrays that the ranking points into.
  if (slots && engine) slots.forEach((slot, i) => { out[i].embedding = engine.row(slot); });
  return out;
}

export function documentAt(collection: Collection, engine: VectorEngine | undefined, slot: number): VectorDocument {
  const document: VectorDocument = { id: collection.idAt(slot)! };
  const content = collection.contentAt(slot);
  if (content !== undefined) document.content = content;
  if (engine) document.embedding = engine.row(slot);
  const metadata = collection.metadataAt(slot);
  if (metadata !== undefined) document.metadata = cloneMetadata(metadata);
  return document;
}

export function notFound(id: string): ServiceError {
  return new ServiceError('NOT_FOUND', `there is no document with the id ${JSON.stringify(id.slice(0, 100))}: list() names those that are there`, { service: 'vector', detail: { id } });
}

export function textOnly(): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', 'this collection holds documents of text alone, so it has nothing to compare a vector with: use searchByText, or add documents with embeddings', { service: 'vector' });
}
