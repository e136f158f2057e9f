/** What compress takes, as bytes. */
import { describe, invalid } from '../errors.js';

/** Strings as UTF-8, bytes as they are, anything else as JSON. @throws ServiceError INVALID_ARGUMENT for what JSON can not say */
export function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && data instanceof SharedArrayBuffer)) return new Uint8Array(data);
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw invalid(`compress can not turn the data into JSON: ${(error as Error).message}. Pass a string or bytes`);
  }
  if (text === undefined) throw invalid(`compress takes a string, bytes or what JSON can say; it was ${describe(data)}`);
  return new TextEncoder().encode(text);
}
