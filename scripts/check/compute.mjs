// Clustering of the sample: k-means over the packages' embeddings. What it says is judged by plain f64 loops over the rows (every point
// with its nearest centroid, the inertia that follows), by a second run with the same seed, and by the fallback.
import { performance } from 'node:perf_hooks';

const K = 16, OPTIONS = { seed: 7, maxIterations: 25 };

/** The nearest centroid of each row and the sum of the squared ways there, in f64. */
function assigned({ rows, dimensions }, centroids) {
  const n = rows.length / dimensions, labels = new Uint32Array(n);
  let inertia = 0;
  for (let i = 0; i < n; i++) {
    let least = Infinity;
    for (let c = 0; c < K; c++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) { const off = rows[i * dimensions + d] - centroids[c * dimensions + d]; sum += off * off; }
      if (sum < least) { least = sum; labels[i] = c; }
    }
    inertia += least;
  }
  return { labels, inertia };
}

async function cluster(engine, points) {
  const started = performance.now();
  const result = await engine.kmeans(points, K, OPTIONS);
  return { ...result, ms: performance.now() - started };
}

/** Gives what did not hold. */
export async function checkCompute(sample) {
  const { createComputeEngine } = await import('wasm-services/compute');
  const points = { data: sample.rows, rows: sample.docs.length, cols: sample.dimensions };
  const problems = [];
  const best = createComputeEngine(), fallback = createComputeEngine({ implementation: 'js' });
  try {
    const first = await cluster(best, points), variant = best.info.variant;
    const results = [[variant, first]];
    if (variant !== 'js') results.push(['js', await cluster(fallback, points)]);
    console.log(`\nCompute: ${points.rows} embeddings of ${points.cols} numbers in ${K} clusters`);
    console.log('  implementation   k-means ms   iterations');
    for (const [name, { labels, centroids, inertia, iterations, ms }] of results) {
      console.log(`  ${name.padEnd(14)} ${ms.toFixed(0).padStart(12)} ${String(iterations).padStart(12)}`);
      const judged = assigned(sample, centroids.data);
      const wrong = judged.labels.reduce((sum, label, i) => sum + Number(label !== labels[i]), 0);
      // Between centroids that are equally near to the last digits of f64, either is right.
      if (wrong > points.rows / 1000) problems.push(`compute (${name}): ${wrong} of ${points.rows} points are not with their nearest centroid`);
      if (!(Math.abs(judged.inertia - inertia) <= 1e-6 * judged.inertia)) problems.push(`compute (${name}): the inertia is ${judged.inertia}, not ${inertia}`);
    }
    if (results.length > 1) {
      const apart = first.labels.reduce((sum, label, i) => sum + Number(label !== results[1][1].labels[i]), 0);
      if (apart > 0) problems.push(`compute: ${apart} points are in other clusters in the fallback`);
      console.log(`  the fallback takes ${(results[1][1].ms / first.ms).toFixed(1)} times as long and gives the same clusters`);
    }
    const again = await cluster(best, points);
    if (again.labels.some((label, i) => label !== first.labels[i])) problems.push('compute: the same seed gives other clusters');
    const largest = sections(sample, first.labels)[0];
    console.log(`  largest cluster: ${largest.size} packages, most of section ${largest.section}`);
  } finally {
    await Promise.all([best.dispose(), fallback.dispose()]);
  }
  return problems;
}

/** Clusters by size, each with the section that most of its packages are of. */
function sections({ docs }, labels) {
  const clusters = Array.from({ length: K }, () => ({ size: 0, of: new Map() }));
  labels.forEach((label, i) => {
    const { of } = clusters[label], { section } = docs[i];
    clusters[label].size++;
    of.set(section, (of.get(section) ?? 0) + 1);
  });
  return clusters.map(({ size, of }) => ({ size, section: [...of].sort((a, b) => b[1] - a[1])[0]?.[0] })).sort((a, b) => b.size - a.size);
}
