/** The dashboard's frame: the strip, the way to the panels, the link. A panel and its services load when it is opened. Imports the public package only. */
import './trusted-types.js';
import { wasmDetector } from 'wasm-services/detect';
import { copyText, reportText, showCapabilities } from './capabilities.js';
import { byId, element, errorText } from './dom.js';
import { readLink } from './state.js';

/** Each has `open(state)`, called once, and may have `apply(state)` (a link to it while it is open) and `take(file)`. */
const PANELS = {
  search: () => import('./search/panel.js'),
  sql: () => import('./sql/panel.js'),
  data: () => import('./data-panel/panel.js'),
  compute: () => import('./compute-panel/panel.js'),
  live: () => import('./live/panel.js'),
};
const HOME = 'overview';
const opened = new Map();
let capabilities;

function problem(name, error) {
  byId('notice').replaceChildren(`The panel "${name}" could not be opened. `, errorText(error));
}

/** Loads a panel once; one that failed to load is tried again the next time. */
function load(name, state) {
  let panel = opened.get(name);
  if (!panel) {
    panel = PANELS[name]().then(async (module) => { await module.open(state); return module; });
    opened.set(name, panel);
    panel.catch(() => opened.delete(name));
  }
  return panel;
}

async function show({ move }) {
  const { panel, state } = readLink();
  const name = Object.hasOwn(PANELS, panel) ? panel : HOME;
  for (const section of document.querySelectorAll('main > section[data-panel]')) section.hidden = section.dataset.panel !== name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  document.title = name === HOME ? 'wasm-services' : `${byId(`${name}-title`).textContent} · wasm-services`;
  byId('notice').replaceChildren();
  // Who came by keyboard or screen reader is at the panel's beginning.
  if (move) byId(`${name}-title`).focus();
  if (name === HOME) return;
  const again = opened.has(name);
  byId(name).classList.add('loading');
  try {
    const module = await load(name, state);
    if (again && [...state].length) await module.apply?.(state);
  } catch (error) {
    problem(name, error);
  }
  byId(name).classList.remove('loading');
}

/** What a file is for: embeddings, a database, or a table. */
async function panelFor(file) {
  const head = await file.slice(0, 4096).text();
  if (head.startsWith('SQLite format 3\0') || /\.(?:sqlite3?|db)$/i.test(file.name)) return 'sql';
  if (/\.npy$/i.test(file.name) || (/\.(?:json|jsonl|ndjson)$/i.test(file.name) && /"(?:embedding|vector)"\s*:\s*\[/.test(head))) return 'search';
  return 'data';
}

async function take(file) {
  const name = await panelFor(file);
  try {
    if (readLink().panel !== name) {
      history.pushState(null, '', `#${name}`);
      await show({ move: true });
    }
    await (await load(name, new URLSearchParams())).take(file);
  } catch (error) {
    problem(name, error);
  }
}

async function copyReport() {
  // The managers' list loads with the first panel; before that nothing runs that it could name.
  const running = opened.size === 0 ? [] : (await import('./managers.js')).managers()
    .flatMap(({ label, manager }) => Object.entries(manager.getStats().services).map(([service, info]) => ({ label, service, info })));
  await copyText(reportText(capabilities, running), 'The report is in the clipboard.');
}

addEventListener('hashchange', () => show({ move: true }));
byId('copy-report').addEventListener('click', copyReport);
byId('copy-link').addEventListener('click', () => copyText(location.href, 'The link is in the clipboard.'));
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
  if (event.defaultPrevented) return; // a panel has taken it
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) take(file);
});

show({ move: false });
wasmDetector.detectCapabilities().then((found) => {
  capabilities = found;
  showCapabilities(found);
  byId('copy-report').disabled = false;
}, (error) => byId('capabilities').replaceChildren(element('li', {}, errorText(error))));
