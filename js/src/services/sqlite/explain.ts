/** Who would answer: one engine answers every call of a database. For the manager, which asks it of a service that it made. */
import type { Explanation, Recommendation, Service } from '../../types.js';
import type { SQLiteService } from './service.js';

export function explain({ info: { variant, reason, loaded, engine } }: Service): Explanation {
  return { implementation: variant, reason: `${loaded ? `${engine} answers` : 'planned'}: ${reason}. One engine answers every call of a database`, estimatedMs: {} };
}

export const advise = (service: Service): Promise<Recommendation[]> => (service as SQLiteService).usage.advise();
