/** Documents as callers hand them in, turned into a `StagedDocuments` of ours: checked and copied before the call returns. */
import { ServiceError } from '../../errors.js';
import type { StagedDocuments } from './backend.js';
import { describe, MAX_DIMENSIONS } from './config.js';
import { copyMetadata } from './metadata.js';
import type { Metadata, VectorDocument } from './types.js';
import { allocateRows, copyNumbers, dimensionMismatch, numericArray, stagedRow, tooLong, type Label } from './vectors.js';

/** A longer id is a document handed in as its own name. */
export const MAX_ID_LENGTH = 65_536;

/** Documents whose vectors are still to come from the `embed` hook. */
export interface Unembedded {
  documents: StagedDocuments;
  /** Their places in `documents`, and their texts. */
  places: number[];
  texts: string[];
}

export function checkId(value: unknown, label: Label): string {
  const name = (): string => (typeof label === 'string' ? label : label());
  if (typeof value !== 'string' || value === '') throw invalid(`${name()} must be a string that is not empty; it was ${describe(value)}`);
  if (value.length > MAX_ID_LENGTH) {
    throw new ServiceError('TOO_LARGE', `${name()} has ${value.length} characters; an id may have ${MAX_ID_LENGTH}: keep what is longer in \`content\` or metadata`, { service: 'vector' });
  }
  return value;
}

export function checkIds(value: unknown, label: string): string[] {
  if (!Array.isArray(value)) throw invalid(`${label} must be an array of ids; it was ${describe(value)}`);
  return Array.from(value, (id, i) => checkId(id, () => `${label}[${i}]`));
}

export function documentLabel(noun: string, index: number, id: string): string {
  return `${noun}[${index}] (id ${id.length > 60 ? `${JSON.stringify(id.slice(0, 60))}…` : JSON.stringify(id)})`;
}

/**
 * Checks and copies documents. An id that comes twice keeps its first place and its last document.
 * @param dimensions of the collection, where they are known already
 * @param canEmbed whether documents may come without a vector because `embed` makes it
 */
export function stageDocuments(value: unknown, dimensions: number | undefined, canEmbed: boolean): Unembedded {
  if (!Array.isArray(value)) throw invalid(`documents must be an array; it was ${describe(value)}`);
  const { ids, sources, positions } = unique(value.length, (i) => {
    const document: unknown = value[i];
    if (typeof document !== 'object' || document === null) throw invalid(`documents[${i}] must be an object { id, content, embedding, metadata }; it was ${describe(document)}`);
    return checkId((document as VectorDocument).id, () => `documents[${i}].id`);
  });
  const count = ids.length;
  const contents = new Array<string | undefined>(count);
  const metadata = new Array<Metadata | undefined>(count);
  const embeddings = new Array<ArrayLike<number> | undefined>(count);
  let hasContent = false;
  let hasMetadata = false;
  let missing = -1;
  // Every document is looked at, also one that a later one of the same id replaces: a bad document is an error wherever it stands.
  for (let i = 0; i < value.length; i++) {
    const document = value[i] as VectorDocument;
    const label = (): string => documentLabel('documents', i, document.id);
    const embeddingLabel = (): string => `${label()}: embedding`;
    const place = sources === undefined ? i : sources[i];
    const { content, embedding } = document;
    if (content !== undefined && typeof content !== 'string') throw invalid(`${label()}: content must be a string; it was ${describe(content)}`);
    contents[place] = content;
    hasContent ||= content !== undefined;
    metadata[place] = document.metadata === undefined ? undefined : copyMetadata(document.metadata, () => `${label()}: metadata`);
    hasMetadata ||= document.metadata !== undefined;
    if (embedding === undefined) {
      if (content === undefined) throw invalid(`${label()} has neither embedding nor content: give it one of them`);
      embeddings[place] = undefined;
      missing = place;
      continue;
    }
    const numbers = numericArray(embedding, embeddingLabel);
    dimensions ??= checkDimensions(numbers.length, label());
    if (numbers.length !== dimensions) throw dimensionMismatch(embeddingLabel(), numbers.length, dimensions);
    embeddings[place] = numbers;
  }
  const documents: StagedDocuments = { ids, noun: 'documents' };
  if (hasContent) documents.contents = contents;
  if (hasMetadata) documents.metadata = metadata;
  if (positions) documents.positions = positions;
  if (missing >= 0 && !canEmbed && dimensions !== undefined) {
    throw invalid(`${documentLabel('documents', positions?.[missing] ?? missing, ids[missing])} has no embedding: supply \`embedding\`, or \`embed\` in the configuration (a collection has vectors for all of its documents or for none)`);
  }
  if (dimensions !== undefined && count > 0) {
    const rows = documents.rows = allocateRows(count, dimensions);
    for (let place = 0; place < count; place++) {
      const numbers = embeddings[place];
      if (numbers) copyNumbers(numbers, stagedRow(rows, place), () => `${documentLabel('documents', positions?.[place] ?? place, ids[place])}: embedding`);
    }
  }
  const places: number[] = [];
  if (canEmbed) for (let place = 0; place < count; place++) if (embeddings[place] === undefined) places.push(place);
  return { documents, places, texts: places.map((place) => contents[place]!) };
}

/** The same for `addVectors`: rows already side by side. */
export function stageVectors(idsValue: unknown, vectors: unknown, metadataValue: unknown, dimensions: number | undefined): StagedDocuments {
  if (!Array.isArray(idsValue)) throw invalid(`ids must be an array of ids; it was ${describe(idsValue)}`);
  const given = idsValue.length;
  const { ids, sources, positions } = unique(given, (i) => checkId(idsValue[i], () => `ids[${i}]`));
  const numbers = numericArray(vectors, 'vectors');
  if (metadataValue !== undefined && (!Array.isArray(metadataValue) || metadataValue.length !== given)) {
    throw invalid(`options.metadata must be an array with one entry (or undefined) per id, ${given} here; it was ${describe(metadataValue)}`);
  }
  const documents: StagedDocuments = { ids, noun: 'ids' };
  if (positions) documents.positions = positions;
  if (given === 0) {
    if (numbers.length > 0) throw dimensionMismatch('vectors (no ids)', numbers.length, 0);
    return documents;
  }
  if (dimensions === undefined) {
    if (numbers.length % given !== 0) {
      throw new ServiceError('DIMENSION_MISMATCH', `vectors holds ${numbers.length} numbers, which ${given} ids do not share evenly: n x dimensions, row-major`, { service: 'vector' });
    }
    dimensions = checkDimensions(numbers.length / given, 'vectors');
  }
  if (numbers.length !== given * dimensions) {
    throw new ServiceError('DIMENSION_MISMATCH', `vectors holds ${numbers.length} numbers; ${given} ids x ${dimensions} dimensions are ${given * dimensions}`, { service: 'vector', detail: { found: numbers.length, expected: given * dimensions } });
  }
  const rows = documents.rows = allocateRows(ids.length, dimensions);
  if (sources === undefined && ArrayBuffer.isView(numbers)) {
    let start = 0;
    for (const chunk of rows.chunks) {
      chunk.set((numbers as unknown as Float32Array).subarray(start, start + chunk.length));
      start += chunk.length;
    }
  } else {
    for (let i = 0; i < given; i++) {
      const row = Array.isArray(numbers) ? numbers.slice(i * dimensions, (i + 1) * dimensions) : (numbers as Float32Array).subarray(i * dimensions, (i + 1) * dimensions);
      copyNumbers(row, stagedRow(rows, sources === undefined ? i : sources[i]), () => documentLabel('ids', i, idsValue[i] as string));
    }
  }
  if (metadataValue !== undefined) {
    const metadata = documents.metadata = new Array<Metadata | undefined>(ids.length);
    for (let i = 0; i < given; i++) {
      const entry: unknown = metadataValue[i];
      metadata[sources === undefined ? i : sources[i]] = entry === undefined ? undefined : copyMetadata(entry, () => `options.metadata[${i}]`);
    }
  }
  return documents;
}

/** Puts the vectors that `embed` made into their places. */
export function fillEmbedded({ documents, places }: Unembedded, vectors: readonly unknown[], dimensions: number | undefined): void {
  vectors.forEach((vector, i) => {
    const label = `embed: the vector for ${documentLabel('documents', documents.positions?.[places[i]] ?? places[i], documents.ids[places[i]])}`;
    const numbers = numericArray(vector, label);
    dimensions ??= checkDimensions(numbers.length, label);
    if (numbers.length !== dimensions) throw dimensionMismatch(label, numbers.length, dimensions);
    documents.rows ??= allocateRows(documents.ids.length, dimensions);
    copyNumbers(numbers, stagedRow(documents.rows, places[i]), label);
  });
}

function checkDimensions(length: number, label: string): number {
  if (length === 0) throw new ServiceError('DIMENSION_MISMATCH', `${label}: a vector needs at least one component`, { service: 'vector' });
  if (length > MAX_DIMENSIONS) throw tooLong(label, length);
  return length;
}

/** Unique ids in order of first mention. `sources` (place of each given entry) and `positions` exist only where ids repeat. */
function unique(count: number, idAt: (index: number) => string): { ids: string[]; sources?: Uint32Array; positions?: Uint32Array } {
  const places = new Map<string, number>();
  // Made when an id comes again: an array that claims a length and holds nothing must not cost its memory first.
  let sources: Uint32Array | undefined;
  for (let i = 0; i < count; i++) {
    const id = idAt(i);
    let place = places.get(id);
    if (place === undefined) places.set(id, place = places.size);
    else sources ??= Uint32Array.from({ length: count }, (_, before) => before);
    if (sources) sources[i] = place;
  }
  const ids = [...places.keys()];
  if (!sources) return { ids };
  const positions = new Uint32Array(ids.length);
  sources.forEach((place, i) => { positions[place] = i; });
  return { ids, sources, positions };
}

function invalid(message: string): ServiceError {
  return new ServiceError('INVALID_ARGUMENT', message, { service: 'vector' });
}
