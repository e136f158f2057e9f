/** The worker side of every contender. */
/** Counts the waits for the disk, so that a commit which did not wait is seen. */
export const flushes = { count: 0 };
const { flush } = FileSystemSyncAccessHandle.prototype;
FileSystemSyncAccessHandle.prototype.flush = function counted() { flushes.count++; return flush.call(this); };

/** Answers the page's orders. */
export function answer(orders) {
  onmessage = async ({ data: { order, ...options } }) => {
    const before = flushes.count;
    try { postMessage({ ...await orders[order](options), flushes: flushes.count - before }); } catch (e) { postMessage({ error: e?.stack ?? String(e) }); }
  };
}
