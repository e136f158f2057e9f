/**
 * Tells when a page goes to sleep and when it wakes. Frozen and back/forward-cached pages keep their locks, so another tab
 * would find the collection BUSY for as long as they sleep: whoever holds one closes it at `hide` and opens it again at `show`.
 */

/**
 * Listens to pagehide, freeze, pageshow and resume; each call is made once per change. Without effect off a page.
 *
 * @returns how to stop listening.
 */
export function watchPageLifecycle(listeners: { hide(): void; show(): void }): () => void {
  if (typeof window !== 'object' || typeof document !== 'object') return () => undefined;
  let hidden = false;
  const hide = (): void => { if (!hidden) { hidden = true; listeners.hide(); } };
  const show = (): void => { if (hidden) { hidden = false; listeners.show(); } };
  window.addEventListener('pagehide', hide);
  window.addEventListener('pageshow', show);
  document.addEventListener('freeze', hide);
  document.addEventListener('resume', show);
  return () => {
    window.removeEventListener('pagehide', hide);
    window.removeEventListener('pageshow', show);
    document.removeEventListener('freeze', hide);
    document.removeEventListener('resume', show);
  };
}
