/** The live panel: what every service of this page does now, and faults on purpose. */
import { copyText } from '../capabilities.js';
import { bytes } from '../data-panel/format.js';
import { byId, element, errorText } from '../dom.js';
import { milliseconds } from '../format.js';
import { managers, onManager } from '../managers.js';
import { histogramChart, timeChart } from './charts.js';
import { canHave, FAULTS, play } from './faults.js';
import { bucketsOf, operationsOf, partOf, servicesOf, Window } from './measure.js';
import { SUBJECTS, traffic } from './subjects.js';

const TICK_MS = 1000, SECONDS = 90, EVENTS = 60;

const throughput = new Window(SECONDS), memory = new Window(SECONDS);
const callsBefore = new Map();
let showThroughput, showMemory, showHistogram, started, tickedAt, health = new Map();

const observabilities = () => managers().flatMap(({ label, manager }) => {
  const { part } = partOf(() => manager.getObservability());
  return part ? [{ label, observability: part }] : [];
});

/** Performance tracker and observability are parts that a build may not have: then it is said, and the rest goes on. */
function showMissing() {
  const [first] = managers();
  const missing = first ? [['Latencies', () => first.manager.getPerformanceTracker()], ['Events', () => first.manager.getObservability()]].flatMap(([what, get]) => {
    const { why } = partOf(get);
    return why ? [`${what} are not shown: ${why}.`] : [];
  }) : [];
  byId('live-missing').textContent = missing.join(' ');
  byId('live-missing').hidden = missing.length === 0;
  byId('live-latency').hidden = missing.some((text) => text.startsWith('Latencies'));
  byId('live-events-box').hidden = byId('live-prometheus').hidden = missing.some((text) => text.startsWith('Events'));
}

const td = (text, kind) => element('td', { class: kind }, text);
const time = (ms, resolution) => (ms === null || ms === undefined ? `under ${Number(resolution.toPrecision(2))} ms` : milliseconds(ms));

function showServices(list) {
  byId('live-services').tBodies[0].replaceChildren(...list.map((one) => {
    const found = health.get(one.key);
    return element('tr', { 'data-service': one.service, title: one.reason }, element('th', { scope: 'row' }, one.key), td(one.loaded ? `${one.variant}${one.threads > 1 ? ` · ${one.threads} threads` : ''}` : 'not loaded'), td(one.host === 'worker' ? 'worker' : 'page'),
      td(one.calls.toLocaleString('en'), 'number'), td(one.errors.toLocaleString('en'), one.errors ? 'number loss' : 'number'), td(bytes(one.memoryBytes), 'number'), td(found ?? '', found && !found.startsWith('ready') && !found.startsWith('idle') ? 'error' : ''));
  }));
  byId('live-none').hidden = list.length > 0;
}

function showOperations() {
  const operations = operationsOf(managers()).sort((a, b) => b.count - a.count);
  byId('live-operations').tBodies[0].replaceChildren(...operations.slice(0, 30).map((one) => element('tr', { 'data-operation': one.operation }, element('th', { scope: 'row' }, `${one.label}: ${one.operation}`),
    td(one.count.toLocaleString('en'), 'number'), td(one.errors.toLocaleString('en'), one.errors ? 'number loss' : 'number'), ...[one.p50, one.p95, one.p99].map((ms) => td(time(ms, one.clockResolution), 'number')),
    td(Object.entries(one.implementations).filter(([, n]) => n).map(([name, n]) => `${name} ${n.toLocaleString('en')}`).join(', ')))));
  const select = byId('live-operation');
  const names = [...new Set(operations.map(({ operation }) => operation))].sort();
  if (names.join('\n') !== [...select.options].slice(1).map((o) => o.value).join('\n')) {
    const kept = select.value;
    select.replaceChildren(element('option', { value: '' }, 'all operations'), ...names.map((name) => element('option', { value: name }, name)));
    select.value = names.includes(kept) ? kept : '';
  }
  const text = observabilities().map(({ observability }) => observability.toPrometheus()).join('\n');
  showHistogram(bucketsOf(text, select.value || undefined));
}

function tick() {
  const now = performance.now();
  const seconds = (now - (tickedAt ?? now - TICK_MS)) / 1000;
  tickedAt = now;
  const list = servicesOf(managers());
  const rates = {}, held = {};
  for (const { key, calls, memoryBytes } of list) {
    rates[key] = Math.max(0, calls - (callsBefore.get(key) ?? calls)) / seconds;
    callsBefore.set(key, calls);
    held[key] = memoryBytes;
  }
  throughput.push(Math.round((now - started) / 1000), rates);
  memory.push(Math.round((now - started) / 1000), held);
  if (byId('live').hidden || document.hidden) return;
  showMissing();
  showServices(list);
  showThroughput(throughput);
  showMemory(memory);
  if (!byId('live-latency').hidden) showOperations();
}

function showEvent(label, { type, service, message, time: at }) {
  const list = byId('live-events');
  list.prepend(element('li', { 'data-type': type }, element('span', { class: 'meta' }, `${new Date(at).toLocaleTimeString('en-GB')} ${label}${service ? ` · ${service}` : ''}`), ' ', element('b', {}, type), ` ${message}`));
  while (list.childElementCount > EVENTS) list.lastElementChild.remove();
}

/** A small real question to every loaded service. */
async function checkHealth() {
  byId('live-health').textContent = 'Asking every service…';
  const results = await Promise.all(managers().map(async ({ label, manager }) => ({ label, manager, result: await manager.healthCheck() })));
  // A manager names the services that nobody asked it for, too: those are another's line, or none.
  const asked = ({ manager, result }) => Object.entries(result.services).filter(([service]) => Object.hasOwn(manager.getStats().services, service));
  health = new Map(results.flatMap(({ label, manager, result }) => asked({ manager, result }).map(([service, { state, lastError }]) => {
    const check = result.checks[service];
    return [label === service ? label : `${label}: ${service}`, `${state}${check?.ok ? `, answered in ${milliseconds(check.durationMs)}` : ''}${state !== 'ready' && lastError ? `: ${lastError}` : ''}`];
  })));
  const worst = ['unhealthy', 'degraded', 'healthy'].find((state) => results.some(({ result }) => result.overall === state));
  byId('live-health').textContent = worst ? `${worst}; memory pressure ${['high', 'medium', 'low'].find((p) => results.some(({ result }) => result.memory.memoryPressure === p))}` : 'No service runs yet: open a panel, or start traffic.';
  showServices(servicesOf(managers()));
}

let flowing;
function toggleTraffic() {
  const button = byId('live-traffic');
  if (flowing) {
    flowing.abort();
    flowing = undefined;
    button.textContent = 'Start traffic';
    button.setAttribute('aria-pressed', 'false');
    return;
  }
  flowing = new AbortController();
  button.textContent = 'Stop traffic';
  button.setAttribute('aria-pressed', 'true');
  byId('live-traffic-error').textContent = '';
  traffic(flowing.signal, (error) => byId('live-traffic-error').replaceChildren(errorText(error))).catch((error) => byId('live-traffic-error').replaceChildren(errorText(error)));
}

async function playFault(fault) {
  const buttons = byId('live-faults').querySelectorAll('button');
  const name = byId('live-subject').value;
  const focused = document.activeElement;
  for (const b of buttons) b.disabled = true;
  byId('live').setAttribute('aria-busy', 'true');
  byId('live-fault-status').textContent = `${FAULTS[fault].name}: ${SUBJECTS[name].name}…`;
  try {
    const { service, fault: what, ms, right, lost, holds, met, full } = await play(fault, name);
    byId('live-fault-table').hidden = false;
    byId('live-fault-table').tBodies[0].prepend(element('tr', { 'data-fault': fault, 'data-service': name, 'data-lost': lost ?? 'nothing' }, element('th', { scope: 'row' }, `${service}: ${what[0].toLowerCase()}${what.slice(1)}`),
      td(right ? milliseconds(ms) : 'did not recover', right ? 'number' : 'error'), td(lost === undefined ? `nothing: ${holds}` : `LOST: ${lost}`, lost === undefined ? 'ok' : 'error'), element('td', { title: full }, met)));
    byId('live-fault-status').textContent = right ? `${service} answered rightly again after ${milliseconds(ms)}; ${lost === undefined ? 'nothing was lost' : `lost: ${lost}`}.` : `${service} did not recover: ${met}`;
  } catch (error) {
    byId('live-fault-status').replaceChildren(errorText(error));
  }
  byId('live').removeAttribute('aria-busy');
  for (const b of buttons) b.disabled = false;
  allowFaults();
  if (document.activeElement === document.body) focused?.focus({ preventScroll: true });
}

function allowFaults() {
  for (const button of byId('live-faults').querySelectorAll('button')) {
    button.disabled = !canHave(button.dataset.fault, byId('live-subject').value);
    button.title = button.disabled ? `Only of ${FAULTS[button.dataset.fault].only.map((n) => SUBJECTS[n].name).join(', ')}: the others write to no storage here` : FAULTS[button.dataset.fault].says;
  }
}

function listen() {
  byId('live-subject').append(...Object.entries(SUBJECTS).map(([value, { name }]) => element('option', { value }, name)));
  byId('live-faults').append(...Object.entries(FAULTS).map(([fault, { name }]) => element('button', { type: 'button', 'data-fault': fault, onclick: () => playFault(fault) }, name)));
  byId('live-subject').addEventListener('change', allowFaults);
  allowFaults();
  byId('live-traffic').addEventListener('click', toggleTraffic);
  byId('live-check').addEventListener('click', () => checkHealth().catch((error) => byId('live-health').replaceChildren(errorText(error))));
  byId('live-operation').addEventListener('change', showOperations);
  byId('live-prometheus').addEventListener('click', () => copyText(observabilities().map(({ observability }) => observability.toPrometheus()).join('\n'), 'The Prometheus text is in the clipboard.'));
}

export async function open() {
  document.head.append(element('link', { rel: 'stylesheet', href: '/demo/vendor/uplot/uPlot.min.css' }));
  listen();
  showThroughput = timeChart(byId('live-throughput'), byId('live-throughput-names'), (n) => `${n < 10 ? Number(n.toFixed(1)) : Math.round(n)}/s`);
  showMemory = timeChart(byId('live-memory'), byId('live-memory-names'), (n) => bytes(Math.round(n)));
  showHistogram = histogramChart(byId('live-histogram'));
  started = performance.now();
  onManager((manager, label) => {
    const { part } = partOf(() => manager.getObservability());
    part?.on((event) => showEvent(label, event));
  });
  setInterval(tick, TICK_MS);
  tick();
}
