/** Embeddings of the visitor's own: JSON or NDJSON with a vector to each document, or a matrix in NumPy's .npy format. Names no page. */

const VECTOR = ['embedding', 'vector', 'values'], TEXT = ['content', 'text', 'document', 'title', 'name'], ID = ['id', '_id', 'key'];
const pick = (row, names) => names.map((name) => row[name]).find((value) => value !== undefined && value !== null);

export class EmbeddingsError extends Error {
  code = 'EMBEDDINGS';
}

function documentsOf(list) {
  if (!Array.isArray(list) || list.length === 0) throw new EmbeddingsError('the file holds no documents: give a JSON array, or a line of JSON for each document');
  return list.map((row, i) => {
    const embedding = Array.isArray(row) ? row : row && typeof row === 'object' ? pick(row, VECTOR) : undefined;
    if (!Array.isArray(embedding) || embedding.length === 0 || !embedding.every((x) => Number.isFinite(x))) throw new EmbeddingsError(`document ${i + 1} has no vector of finite numbers: it is looked for under ${VECTOR.join(', ')}`);
    const content = Array.isArray(row) ? '' : String(pick(row, TEXT) ?? '');
    return { id: String((Array.isArray(row) ? undefined : pick(row, ID)) ?? i + 1), content, embedding };
  });
}

/** NumPy's format, versions 1 to 3: two dimensions, little-endian floats, rows one after another. */
export function readNpy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0] !== 0x93 || new TextDecoder().decode(bytes.subarray(1, 6)) !== 'NUMPY') throw new EmbeddingsError('this is no .npy file: save the matrix with numpy.save');
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10, length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1], shape = /'shape':\s*\((\d+),\s*(\d+)\)/.exec(header);
  const size = { '<f4': 4, '<f8': 8 }[type];
  if (!size || !shape || /'fortran_order':\s*True/.test(header)) throw new EmbeddingsError(`the matrix is ${type ?? 'of an unknown type'}${shape ? '' : ', not of two dimensions'}: save numpy.ascontiguousarray(matrix, 'float32')`);
  const rows = Number(shape[1]), dimensions = Number(shape[2]), from = start + length;
  if (rows === 0 || dimensions === 0 || bytes.length - from !== rows * dimensions * size) throw new EmbeddingsError(`the header says ${rows} x ${dimensions}, the file holds ${bytes.length - from} bytes of numbers: it was cut off, save it again`);
  const values = bytes.slice(from).buffer;
  return { rows, dimensions, values: size === 4 ? new Float32Array(values) : Float32Array.from(new Float64Array(values)) };
}

/**
 * @param {string} name of the file @param {Uint8Array} bytes
 * @returns {{ dimensions: number, documents: { id: string, content: string, embedding: number[] | Float32Array }[] }}
 * @throws EmbeddingsError that says what to do
 */
export function readEmbeddings(name, bytes) {
  let documents;
  if (bytes[0] === 0x93 || /\.npy$/i.test(name)) {
    const { rows, dimensions, values } = readNpy(bytes);
    documents = Array.from({ length: rows }, (_, i) => ({ id: String(i + 1), content: '', embedding: values.subarray(i * dimensions, (i + 1) * dimensions) }));
  } else {
    const text = new TextDecoder().decode(bytes).trim();
    try {
      const whole = text.startsWith('[') && text.endsWith(']') && !/^\[[^\n]*\]\s*\n\s*\[/.test(text);
      documents = documentsOf(whole ? JSON.parse(text) : text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line)));
    } catch (error) {
      if (error instanceof EmbeddingsError) throw error;
      throw new EmbeddingsError(`the file is no JSON: ${error.message}`);
    }
  }
  const { length: dimensions } = documents[0].embedding;
  const odd = documents.findIndex((d) => d.embedding.length !== dimensions);
  if (odd >= 0) throw new EmbeddingsError(`document ${odd + 1} has ${documents[odd].embedding.length} numbers, the first has ${dimensions}: all vectors must come from one model`);
  return { dimensions, documents };
}
