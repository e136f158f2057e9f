/** Loads the sample over HTTP with progress and decodes its half floats. */

async function fetchBytes(url, onBytes) {
  const response = await fetch(url).catch((error) => { throw new Error(`${url} could not be fetched: ${error.message}. Is the server still there? Reload the page to try again`); });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const total = Number(response.headers.get('content-length')) || 0;
  const reader = response.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    onBytes(value.length, total);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function decodeHalf(bytes) {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const h = halves[i], exponent = (h >> 10) & 31, fraction = h & 1023;
    const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    out[i] = h & 0x8000 ? -magnitude : magnitude;
  }
  return out;
}

const jsonLines = (bytes) => new TextDecoder().decode(bytes).trimEnd().split('\n').map((line) => JSON.parse(line));

/** @param {(share: number) => void} onProgress share of the bytes loaded, 0 to 1 */
export async function loadSample(onProgress) {
  const files = ['docs.jsonl', 'queries.jsonl', 'embeddings.f16.bin', 'queries.f16.bin'];
  const expected = 4_900_000; // bytes; only the bar is wrong when the files change
  let loaded = 0;
  const [docs, queries, rows, queryRows] = await Promise.all(files.map((file) => fetchBytes(`/demo/data/${file}`, (n) => onProgress(Math.min(1, (loaded += n) / expected)))));
  const sample = { docs: jsonLines(docs), queries: jsonLines(queries), rows: decodeHalf(rows), queryRows: decodeHalf(queryRows) };
  sample.dimensions = sample.rows.length / sample.docs.length;
  sample.queryVector = (i) => sample.queryRows.slice(i * sample.dimensions, (i + 1) * sample.dimensions);
  return sample;
}

let shared;
const watching = new Set();

/** The sample, fetched once for all panels. After a failure it is fetched again. */
export function sharedSample(onProgress) {
  watching.add(onProgress);
  shared ??= loadSample((share) => { for (const tell of watching) tell(share); });
  shared.catch(() => { shared = undefined; });
  return shared.finally(() => watching.delete(onProgress));
}
