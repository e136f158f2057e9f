/** Which objects are tables, of whatever processor: known before their code (table.ts) is in the service that is asked. */
import type { ResidentTable } from './table.js';

const marked = new WeakSet<object>();

export const markTable = (table: object): void => { marked.add(table); };
export const isTable = (value: unknown): value is ResidentTable => typeof value === 'object' && value !== null && marked.has(value);
