/** Rows (INTEGER as bigint) as text that two processes can compare to the bit. */
const bits = new DataView(new ArrayBuffer(8));

function encode(value) {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return `i${value}`;
  if (typeof value === 'number') { bits.setFloat64(0, value); return `r${bits.getBigUint64(0).toString(16)}`; }
  if (typeof value === 'string') return `t${value}`;
  return `b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
}

export const encodeRows = (rows) => rows.map((row) => row.map(encode));
