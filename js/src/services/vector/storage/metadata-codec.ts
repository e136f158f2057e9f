/**
 * A column of optional metadata objects, as blocks of JSON arrays (null = none): u32 items, u32 bytes, UTF-8 JSON. JSON.stringify escapes
 * lone surrogates, so any string survives; -0 comes back as 0. One JSON.parse per block of about 1 Mi characters is far quicker than one per document.
 */
import type { Steps } from '../../../calls/steps.js';
import type { Metadata } from '../types.js';
import type { ByteReader } from './bytes.js';
import { ByteWriter } from './bytes.js';
import { decodeUtf8 } from './strings.js';

const BLOCK_UNITS = 1 << 20;

/** Encodes a column piece by piece; each piece is a fresh array. */
export function* encodeMetadata(values: ArrayLike<Metadata | undefined>): Generator<Uint8Array<ArrayBuffer>> {
  let parts: string[] = [];
  let units = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const json = value === undefined ? 'null' : JSON.stringify(value);
    if (units > 0 && units + json.length > BLOCK_UNITS) {
      yield encodeBlock(parts);
      parts = [];
      units = 0;
    }
    parts.push(json);
    units += json.length;
  }
  if (parts.length > 0) yield encodeBlock(parts);
}

function encodeBlock(parts: string[]): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(`[${parts.join(',')}]`);
  return new ByteWriter().u32(parts.length).u32(body.length).bytes(body).view();
}

/** Reads a column of `count` objects from where the reader stands; pauses between blocks. */
export function* decodeMetadata(reader: ByteReader, count: number): Steps<(Metadata | undefined)[]> {
  const out: (Metadata | undefined)[] = [];
  while (out.length < count) {
    const items = reader.u32();
    if (items === 0 || items > count - out.length) throw reader.fail(`a metadata block of ${items} items`);
    const text = decodeUtf8(reader.bytes(reader.u32()), reader);
    const block = parseArray(text, reader);
    if (block.length !== items) throw reader.fail('a metadata block whose length differs from its header');
    for (const item of block) {
      if (item !== null && !isMetadata(item)) throw reader.fail('metadata that is not an object of plain values');
      out.push(item === null ? undefined : item);
    }
    yield;
  }
  return out;
}

function parseArray(text: string, reader: ByteReader): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reader.fail('metadata that is not JSON');
  }
  if (!Array.isArray(value)) throw reader.fail('metadata that is not an array');
  return value;
}

function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (Array.isArray(field) ? !field.every(isElement) : !(isElement(field) || typeof field === 'boolean' || field === null)) return false;
  }
  return true;
}

function isElement(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}
