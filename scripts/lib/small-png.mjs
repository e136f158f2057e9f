/** A screenshot with a palette: 256 colours are enough for flat pages and a third of the bytes. PNG by RFC 2083, 8 bits a channel, not interlaced. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** @returns {{ width: number, height: number, channels: number, pixels: Buffer }} */
export function readPng(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG file');
  let width, height, channels;
  const parts = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at), type = png.toString('latin1', at + 4, at + 8), data = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height, channels] = [data.readUInt32BE(0), data.readUInt32BE(4), { 2: 3, 6: 4 }[data[9]]];
      if (data[8] !== 8 || !channels || data[12] !== 0) throw new Error(`a PNG of ${data[8]} bits, colour type ${data[9]}, interlace ${data[12]} is not read here`);
    }
    if (type === 'IDAT') parts.push(data);
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(parts)), stride = width * channels, pixels = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const a = x >= channels ? pixels[y * stride + x - channels] : 0, b = y ? pixels[(y - 1) * stride + x] : 0, c = x >= channels && y ? pixels[(y - 1) * stride + x - channels] : 0;
      let guess = 0;
      if (filter === 1) guess = a;
      else if (filter === 2) guess = b;
      else if (filter === 3) guess = (a + b) >> 1;
      else if (filter === 4) {
        const p = a + b - c, [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
        guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      }
      pixels[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return { width, height, channels, pixels };
}

/** The most frequent colours as they are, then each that is far from those taken; what is left goes to the nearest. */
function paletteOf(counts) {
  const distance = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([color]) => color);
  const palette = ranked.slice(0, 32);
  for (let apart = 24 ** 2; palette.length < 256 && palette.length < ranked.length; apart = apart > 4 ? apart / 2 : -1) {
    for (const color of ranked) {
      if (palette.length === 256) break;
      if (palette.every((taken) => distance(taken, color) > apart)) palette.push(color);
    }
    if (apart < 0) break;
  }
  const nearest = (color) => palette.reduce((best, one, i) => (distance(one, color) < distance(palette[best], color) ? i : best), 0);
  return { palette, indexOf: new Map(ranked.map((color) => [color, nearest(color)])) };
}

/** @param {Buffer} png @returns {Buffer} the same picture with at most 256 colours, or the one that came where that is no larger */
export function smallPng(png) {
  const { width, height, channels, pixels } = readPng(png);
  const colorAt = (i) => (pixels[i * channels] << 16) | (pixels[i * channels + 1] << 8) | pixels[i * channels + 2];
  const counts = new Map();
  // Four low levels of a channel look the same: they share a colour.
  const coarse = (color) => color & 0xfcfcfc;
  const first = new Map();
  for (let i = 0; i < width * height; i++) {
    const color = colorAt(i), key = coarse(color);
    if (!first.has(key)) first.set(key, color);
    counts.set(first.get(key), (counts.get(first.get(key)) ?? 0) + 1);
  }
  const { palette, indexOf } = paletteOf(counts);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf.get(first.get(coarse(colorAt(y * width + x))));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const small = Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', Buffer.from(palette.flatMap((c) => [c >> 16, (c >> 8) & 255, c & 255]))), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
  return small.length < png.length ? small : png;
}
