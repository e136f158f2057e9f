/** Clusters of the sample's embeddings, painted after each round until nothing moves, with what each is about. */
import { byId, element } from '../dom.js';
import { milliseconds } from '../format.js';
import { clusterColor, describeClusters, places } from './clusters.js';

const dark = () => matchMedia('(prefers-color-scheme: dark)').matches;
/** Rounds after which the picture is painted: closer at first, when most moves. */
const STOPS = [1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 100, 300];

let resident, flat, shown;

function paint() {
  if (!shown) return;
  const canvas = byId('compute-clusters');
  const context = canvas.getContext('2d');
  const { points, labels, k } = shown;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let c = 0; c < k; c++) {
    context.fillStyle = clusterColor(c, dark());
    for (let i = 0; i < labels.length; i++) if (labels[i] === c) context.fillRect(points[2 * i] - 1.5, points[2 * i + 1] - 1.5, 3, 3);
  }
}

const legend = (found, labels, sample, centroids) => found.map(({ size, words }, c) => {
  const nearest = nearestTo(centroids, c, labels, sample);
  const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = clusterColor(c, dark());
  return element('li', { 'data-size': size }, swatch, element('b', {}, words.slice(0, 4).join(', ')), ' ', element('span', { class: 'meta' }, `${size.toLocaleString('en')} packages, in its middle ${sample.docs[nearest].name}`));
});

function nearestTo({ data, cols }, c, labels, { rows }) {
  let best = -1, least = Infinity;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== c) continue;
    let sum = 0;
    for (let d = 0; d < cols; d++) sum += (rows[i * cols + d] - data[c * cols + d]) ** 2;
    if (sum < least) { least = sum; best = i; }
  }
  return best;
}

/** The embeddings in the engine, sent there once; again after an engine lost them with its worker. */
async function embeddings(engine, sample) {
  if (resident?.engine === engine) return resident.handle;
  const handle = await engine.upload({ data: sample.rows, rows: sample.docs.length, cols: sample.dimensions });
  resident = { engine, handle };
  return handle;
}

/**
 * @param engine a compute engine @param sample of sample.js @param {number} k
 * @param {(text: string) => void} say @param {AbortSignal} signal
 */
export async function clusterSample(engine, sample, k, say, signal) {
  const canvas = byId('compute-clusters');
  byId('compute-cluster-list').replaceChildren();
  try {
    const points = await embeddings(engine, sample);
    if (!flat) {
      say('Looking for the two directions in which the packages differ most…');
      const { projected } = await engine.pca(points, 2, { signal });
      flat = places(projected.data, projected.rows, 2, canvas.width, canvas.height);
    }
    let result, rounds = 0, spent = 0;
    for (const most of STOPS) {
      const began = performance.now();
      result = await engine.kmeans(points, k, { seed: 7, maxIterations: most, signal });
      spent = performance.now() - began;
      shown = { points: flat, labels: result.labels, k };
      paint();
      rounds = result.iterations;
      say(`Round ${rounds}: the squared distances sum to ${result.inertia.toFixed(1)}`);
      if (rounds < most) break;
    }
    const found = describeClusters(sample.docs.map((d) => d.text), result.labels, k);
    byId('compute-cluster-list').replaceChildren(...legend(found, result.labels, sample, result.centroids));
    canvas.setAttribute('aria-label', `${sample.docs.length.toLocaleString('en')} packages as points, coloured by cluster; the list names the clusters`);
    return `${k} clusters of ${sample.docs.length.toLocaleString('en')} packages by meaning, still after ${rounds} rounds: ${milliseconds(spent)} for the last run from its seeds to there (${engine.info.variant}).`;
  } catch (error) {
    if (error.code === 'WORKER_LOST' || error.code === 'DISPOSED') resident = undefined;
    throw error;
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  paint();
  document.querySelectorAll('#compute-cluster-list .swatch').forEach((swatch, c) => { swatch.style.background = clusterColor(c, dark()); });
});
