/** Row changes as an update hook reports them, kept until their transaction commits and dropped where they were undone. */
import { nameOf, isWord, type SqlText } from '../sql-text.js';
import type { Change } from '../types.js';

export class Changes {
  #pending: Change[] = [];
  #committed: Change[] = [];
  #savepoints: { name: string; mark: number }[] = [];
  recording = false;

  add(change: Change): void { this.#pending.push(change); }

  begin(): number { return this.#pending.length; }

  succeeded(text: SqlText, inTransaction: boolean): void {
    const { keyword, tokens } = text;
    if (keyword === 'ROLLBACK') {
      const to = tokens.findIndex((token) => isWord(token, 'TO'));
      if (to < 0) this.#pending.length = 0;
      else this.#rollbackTo(nameOf(tokens[isWord(tokens[to + 1], 'SAVEPOINT') ? to + 2 : to + 1]));
    }
    if (keyword === 'SAVEPOINT') this.#savepoints.push({ name: nameOf(tokens[1]), mark: this.#pending.length });
    this.#settle(inTransaction);
  }

  #rollbackTo(name: string): void {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (at < 0) return;
    this.#pending.length = this.#savepoints[at].mark;
    this.#savepoints.length = at + 1;
  }

  /** A statement that fails undoes itself, and some failures undo the whole transaction. */
  failed(mark: number, inTransaction: boolean): void {
    this.#pending.length = inTransaction ? Math.min(mark, this.#pending.length) : 0;
    this.#settle(inTransaction);
  }

  #settle(inTransaction: boolean): void {
    if (inTransaction) return;
    this.#savepoints = [];
    if (this.#pending.length === 0) return;
    this.#committed = this.#committed.length === 0 ? this.#pending : [...this.#committed, ...this.#pending];
    this.#pending = [];
  }

  take(): Change[] {
    const changes = this.#committed;
    this.#committed = [];
    return changes;
  }

  clear(): void {
    this.#pending = [];
    this.#committed = [];
    this.#savepoints = [];
  }
}
