/**
 * Whether a service still lives. Its AbortSignal is made when somebody asks for it, not before: edge isolates forbid making one outside a request, and
 * refuse to one request what was made in another, so a service that answers several must do without.
 */
export class Life {
  #controller: AbortController | undefined;
  #ended = false;
  #reason: unknown;

  get ended(): boolean { return this.#ended; }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
