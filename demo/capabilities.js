/** The strip at the top: what this browser can do and why not, with a report to copy. */
import { byId, definitions, element } from './dom.js';

const NAMES = { isSupported: 'WebAssembly', hasSIMD: 'SIMD', hasRelaxedSIMD: 'relaxed SIMD', hasThreads: 'threads', hasOPFS: 'private file system', crossOriginIsolated: 'isolated page' };

export function showCapabilities(capabilities) {
  const items = Object.entries(NAMES).map(([key, name]) => {
    const missing = capabilities.missing[key];
    return element('li', { class: capabilities[key] ? 'yes' : 'no', 'data-capability': key, title: missing && `${missing.reason}: ${missing.fix}` }, `${capabilities[key] ? '✓' : '✗'} ${name}${missing ? ` (${missing.reason})` : ''}`);
  });
  byId('capabilities').replaceChildren(...items, element('li', {}, `${capabilities.hardwareConcurrency} cores`));
  const cures = Object.entries(NAMES).filter(([key]) => capabilities.missing[key]).map(([key, name]) => [name, capabilities.missing[key].fix]);
  definitions(byId('cures'), cures);
  byId('cures-box').hidden = cures.length === 0;
}

/** What a bug report needs, as text. `services`: what the page's managers run on now. */
export function reportText(capabilities, services) {
  const lines = Object.entries(NAMES).map(([key, name]) => `- ${name}: ${capabilities[key] ? 'yes' : `no${capabilities.missing[key] ? ` (${capabilities.missing[key].reason}: ${capabilities.missing[key].fix})` : ''}`}`);
  const running = services.map(({ label, service, info }) => `- ${label}, ${service}: ${info.variant}, ${info.loaded ? `in ${info.host === 'worker' ? 'a worker' : 'the page'}, ${info.threads} thread${info.threads === 1 ? '' : 's'}` : 'not loaded'}; ${info.reason}`);
  return ['wasm-services on this browser', '', `- ${navigator.userAgent}`, ...lines, `- ${capabilities.hardwareConcurrency} cores`, '', 'Services', '', ...(running.length ? running : ['- none started']), ''].join('\n');
}

/** To the clipboard; where that is refused, the text to copy by hand. */
export async function copyText(text, note) {
  const by = byId('by-hand');
  try {
    await navigator.clipboard.writeText(text);
    by.hidden = true;
    byId('copied').textContent = note;
  } catch {
    by.hidden = false;
    by.value = text;
    by.select();
    byId('copied').textContent = 'The browser keeps the clipboard to itself: copy the text below.';
  }
}
