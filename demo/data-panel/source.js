/** What a person brings: a file, or the sample. What its bytes are, and how it is loaded. */

/** Above this a file is streamed, so that it is never whole in the page. */
const IN_MEMORY = 256e6;
const PACKED = { gz: 'gzip', zst: 'zstd', lz4: 'lz4', br: 'brotli' };
const FORMATS = { csv: 'csv', tsv: 'csv', tab: 'csv', txt: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'json', arrow: 'arrow', arrows: 'arrow', ipc: 'arrow', feather: 'arrow' };

const ending = (name) => /\.([a-z0-9]+)$/i.exec(name)?.[1].toLowerCase() ?? '';

/** By its name; undefined leaves it to the service, which looks at the first bytes. */
export const formatOf = (name) => (Object.hasOwn(FORMATS, ending(name)) ? FORMATS[ending(name)] : undefined);

/** The delimiter of a CSV text by its first line, outside quotes: the most frequent of the usual ones. */
export function delimiterOf(head) {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(head.replace(/^\ufeff/, ''))[0].replace(/"(?:[^"]|"")*"/g, '');
  const counts = [',', ';', '\t', '|'].map((delimiter) => [delimiter, line.split(delimiter).length - 1]);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/**
 * @param {Blob & { name?: string }} file
 * @param data the service; it unpacks .gz, .zst, .lz4 and .br
 */
export async function openSource(file, data) {
  let { name } = file, blob = file;
  const algorithm = Object.hasOwn(PACKED, ending(name)) ? PACKED[ending(name)] : undefined;
  if (algorithm) {
    blob = new Blob([(await data.decompress(new Uint8Array(await file.arrayBuffer()), { algorithm })).data]);
    name = name.slice(0, name.lastIndexOf('.'));
  }
  const head = async (most) => new Uint8Array(await blob.slice(0, most).arrayBuffer());
  const format = formatOf(name);
  const delimiter = format === 'csv' ? delimiterOf(new TextDecoder().decode(await head(65536))) : undefined;
  return {
    name, format, delimiter, head, size: blob.size,
    /** What `load` takes. Read before a clock starts. */
    content: async () => (blob.size > IN_MEMORY ? blob.stream() : head(blob.size)),
    options: { ...(format && { format }), ...(delimiter && delimiter !== ',' && { delimiter }) },
  };
}

/** The sample of the page: Debian's packages, a line of JSON each. */
export async function fetchSample() {
  const response = await fetch('/demo/data/docs.jsonl');
  if (!response.ok) throw new Error(`the sample could not be fetched: the server answered ${response.status}`);
  return new File([await response.blob()], 'docs.jsonl');
}
