/** Steps above `user_version`, each in a transaction that also raises it: a step that fails leaves the version before it. */
import { DATABASE, type Scope, type SqlBackend } from './backend.js';
import { Call } from './call.js';
import { sqliteServiceError } from './errors.js';
import type { SQLiteTransaction } from './types.js';

export type Step = string | ((tx: SQLiteTransaction) => Promise<void>);

/**
 * @param run calls a step's function inside the transaction `scope`
 * @throws what a step throws; ServiceError INVALID_ARGUMENT where the database is of a later version than there are steps.
 */
export async function migrate(backend: SqlBackend, steps: readonly Step[], run: (scope: Scope, step: (tx: SQLiteTransaction) => Promise<void>) => Promise<void>): Promise<{ from: number; to: number }> {
  let from: number | undefined;
  for (;;) {
    const scope = await backend.begin(DATABASE, Call.plain);
    try {
      // Asked inside the transaction: another connection may migrate the same file.
      const version = Number((await backend.get(scope, 'PRAGMA user_version', undefined, false, Call.plain))?.['user_version']);
      from ??= version;
      if (version > steps.length) {
        throw sqliteServiceError('INVALID_ARGUMENT', `the database is of version ${version} and there are ${steps.length} steps: it was written by a later release of the program. Update the program, or pass all steps`, { detail: { version, steps: steps.length } });
      }
      if (version === steps.length) {
        await backend.end(scope, true);
        return { from, to: version };
      }
      const step = steps[version];
      if (typeof step === 'string') await backend.exec(scope, step, Call.plain);
      else await run(scope, step);
      await backend.exec(scope, `PRAGMA user_version = ${version + 1}`, Call.plain);
      await backend.end(scope, true);
    } catch (error) {
      await Promise.resolve(backend.end(scope, false)).catch(() => undefined);
      throw error;
    }
  }
}
