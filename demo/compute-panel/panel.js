/** The compute panel: a long job that can be watched and stopped, pictures painted as they are computed, a race. */
import { byId, definitions, element, errorText } from '../dom.js';
import { milliseconds } from '../format.js';
import { startManager } from '../managers.js';
import { sharedSample } from '../sample.js';
import { keepInLink, numberOf } from '../state.js';
import { longestGap, resetLongest, watchFrames } from './frames.js';
import { JOBS } from './jobs.js';
import { clusterSample } from './kmeans.js';
import { mandelbrot, VIEWS } from './mandelbrot.js';
import { race, whyNot } from './race.js';

let sample, engine, stopper;

const say = (...parts) => byId('compute-status').replaceChildren(...parts);

function showEngine() {
  const { info } = engine;
  const threads = info.threads > 1 || info.rejected.some((r) => r.variant === 'simd-threads') ? undefined : whyNot('simd-threads');
  definitions(byId('compute-facts'), [
    ['Answers', `${info.variant}, ${info.host === 'worker' ? 'in a worker, so the page stays free' : 'in this page'}`],
    ['Cores', `${info.threads} of ${navigator.hardwareConcurrency} used`],
    ['Because', info.reason],
    ...(threads ? [['Not simd-threads', threads]] : []),
    ...info.rejected.map((r) => [`Not ${r.variant}`, r.reason]),
  ]);
}

/** One piece of work at a time; it can be stopped, and what it cost the page is said. */
async function act(saying, work) {
  if (stopper) return;
  stopper = new AbortController();
  const { signal } = stopper;
  const buttons = [...byId('compute').querySelectorAll('button[data-work], select')];
  const focused = document.activeElement;
  for (const b of buttons) b.disabled = true;
  byId('compute-cancel').disabled = false;
  byId('compute').setAttribute('aria-busy', 'true');
  byId('compute-progress').value = 0;
  if (focused?.dataset?.work) byId('compute-cancel').focus({ preventScroll: true });
  say(saying);
  resetLongest();
  try {
    const said = await work(signal);
    say(said, ' ', element('span', { class: 'meta' }, `The page's longest gap between two frames meanwhile: ${longestGap().toFixed(0)} ms.`));
    byId('compute-progress').value = 1;
  } catch (error) {
    if (error.code === 'ABORTED') say(`Stopped ${milliseconds(performance.now() - stoppedAt)} after the click. The engine is ready for more.`);
    else say(errorText(error));
  }
  stopper = undefined;
  for (const b of buttons) b.disabled = false;
  byId('compute-cancel').disabled = true;
  byId('compute').removeAttribute('aria-busy');
  if (document.activeElement === document.body && byId('compute').contains(focused)) focused.focus({ preventScroll: true });
  showEngine();
}

let stoppedAt = 0;

const keep = (does) => keepInLink('compute', { does, job: byId('compute-job').value, k: byId('compute-k').value, view: byId('compute-view').value });

const runJob = () => act('Running…', async (signal) => {
  keep('job');
  const job = JOBS[byId('compute-job').value];
  const start = performance.now();
  const onProgress = (done, total) => {
    byId('compute-progress').value = total ? done / total : 0;
    say(`${job.name}: ${Math.round((done / (total || 1)) * 100)} %, ${milliseconds(performance.now() - start)}`);
  };
  const answer = await job.run(engine, sample, { signal, onProgress });
  return `${job.name}: ${answer}. ${milliseconds(performance.now() - start)} on ${engine.info.threads} core${engine.info.threads === 1 ? '' : 's'}.`;
});

const runClusters = () => act('Clustering…', (signal) => { keep('clusters'); return clusterSample(engine, sample, Number(byId('compute-k').value), say, signal); });
const runPicture = () => act('Painting…', (signal) => { keep('mandelbrot'); return mandelbrot(engine, byId('compute-view').value, say, signal); });
const runRace = () => act('Racing…', async () => {
  keep('race');
  const verdict = await race(sample, say);
  byId('compute-race-verdict').textContent = verdict;
  return 'The race has finished.';
});

function listen() {
  byId('compute-job').append(...Object.entries(JOBS).map(([value, { name }]) => element('option', { value }, name)));
  byId('compute-view').append(...Object.entries(VIEWS).map(([value, { name }]) => element('option', { value }, name)));
  byId('compute-run').addEventListener('click', runJob);
  byId('compute-cluster').addEventListener('click', runClusters);
  byId('compute-paint').addEventListener('click', runPicture);
  byId('compute-race').addEventListener('click', runRace);
  byId('compute-cancel').addEventListener('click', () => { stoppedAt = performance.now(); stopper?.abort(); });
}

/** What a link asks for: the choices, and the work that was done last, but never the race. */
export async function apply(state) {
  const choose = (id, known) => { if (known) byId(id).value = known; };
  choose('compute-job', Object.hasOwn(JOBS, state.get('job') ?? '') && state.get('job'));
  choose('compute-view', Object.hasOwn(VIEWS, state.get('view') ?? '') && state.get('view'));
  choose('compute-k', numberOf(state, 'k', 2, 16) && state.get('k'));
  const work = { job: runJob, clusters: runClusters, mandelbrot: runPicture }[state.get('does')];
  await work?.();
}

let listening = false;

export async function open(state) {
  if (!listening) listen();
  listening = true;
  say('Loading the sample…');
  try {
    sample = await sharedSample((share) => say(`Loading the sample… ${Math.round(share * 100)} %`));
    const manager = await startManager('compute', {});
    engine = manager.getComputeEngine();
    await engine.ready();
  } catch (error) {
    say(errorText(error));
    throw error;
  }
  showEngine();
  watchFrames(byId('compute'));
  byId('compute-work').hidden = false;
  say('Ready.');
  await apply(state);
}
