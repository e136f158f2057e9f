/** Search and list options: checked here, turned into requests of plain data. */
import type { ListRequest, SearchRequest } from './backend.js';
import { invalidField } from './errors.js';
import type { FilterNode } from './filters/ast.js';
import { compileFilter } from './filters/compile.js';
import type { MetadataFilter, VectorSearchOptions } from './types.js';

/** @throws ServiceError INVALID_ARGUMENT naming the option and what it accepts. */
export function searchRequest(options: VectorSearchOptions | undefined, maxResults: number): SearchRequest {
  const request: SearchRequest = { k: maxResults, exact: false, ef: 0, fusion: 'rrf', includeEmbedding: false };
  if (options === undefined) return request;
  if (typeof options !== 'object' || options === null) throw invalidField('options', 'an object', options);
  const { threshold, exact, ef, text, hybrid, mmr, includeEmbedding } = options;
  if (options.maxResults !== undefined) request.k = positive('maxResults', options.maxResults);
  if (threshold !== undefined) {
    if (typeof threshold !== 'number' || Number.isNaN(threshold)) throw invalidField('threshold', 'a number', threshold);
    request.threshold = threshold;
  }
  const filter = filterOf(options.filters);
  if (filter) request.filter = filter;
  if (exact !== undefined) request.exact = flag('exact', exact);
  if (ef !== undefined) request.ef = positive('ef', ef);
  if (text !== undefined) {
    if (typeof text !== 'string') throw invalidField('text', 'a string', text);
    request.text = text;
  }
  if (hybrid !== undefined) {
    if (typeof hybrid !== 'object' || hybrid === null) throw invalidField('hybrid', "an object { fusion: 'rrf' | 'weighted', weight: 0..1 }", hybrid);
    const { fusion, weight } = hybrid;
    if (fusion !== undefined && fusion !== 'rrf' && fusion !== 'weighted') throw invalidField('hybrid.fusion', "'rrf' or 'weighted'", fusion);
    if (fusion !== undefined) request.fusion = fusion;
    if (weight !== undefined) request.weight = share('hybrid.weight', weight);
  }
  if (mmr !== undefined) request.mmr = share('mmr', mmr);
  if (includeEmbedding !== undefined) request.includeEmbedding = flag('includeEmbedding', includeEmbedding);
  return request;
}

export function listRequest(options: { filters?: MetadataFilter; offset?: number; limit?: number } | undefined): ListRequest {
  if (options !== undefined && (typeof options !== 'object' || options === null)) throw invalidField('options', 'an object { filters, offset, limit }', options);
  const { filters, offset, limit } = options ?? {};
  const filter = filterOf(filters);
  return {
    ...(filter && { filter }),
    offset: offset === undefined ? 0 : count('offset', offset),
    limit: limit === undefined || limit === Infinity ? Number.MAX_SAFE_INTEGER : count('limit', limit),
  };
}

/** Undefined when there is nothing to filter by. */
export function filterOf(filters: MetadataFilter | undefined): FilterNode | undefined {
  if (filters === undefined) return undefined;
  const node = compileFilter(filters);
  return node.kind === 'and' && node.children.length === 0 ? undefined : node;
}

function positive(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) throw invalidField(name, 'an integer of at least 1', value);
  return value;
}

function count(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw invalidField(name, 'an integer of at least 0', value);
  return value;
}

function share(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw invalidField(name, 'a number from 0 to 1', value);
  return value;
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidField(name, 'true or false', value);
  return value;
}
