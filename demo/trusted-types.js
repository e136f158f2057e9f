/**
 * Under `require-trusted-types-for 'script'` a page may only start scripts that a policy lets through. This one lets through the package's
 * own workers and nothing else: no markup, no text that becomes code. It must be imported before the first worker is started.
 */
const WORKERS = /^\/dist\/[\w-]+\.entry\.js$/;

export function allowedScript(url) {
  const { origin, pathname } = new URL(url, location.href);
  if (origin === location.origin && WORKERS.test(pathname)) return String(url);
  throw new TypeError(`this page starts no script from ${origin}${pathname}`);
}

/** The package builds its row readers as code where it may, and asks by trying: a refusal by name is quiet, and it goes on without. */
export function noScript() {
  throw new TypeError('this page runs no text as code');
}

globalThis.trustedTypes?.createPolicy('default', { createScriptURL: allowedScript, createScript: noScript });
