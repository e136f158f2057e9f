// The pictures of docs/screenshots: read with every filter of the format, written with a palette, the same to the eye.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { readPng, smallPng } from '../../../scripts/lib/small-png.mjs';

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]), length = Buffer.alloc(4), sum = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A picture whose row y is written with filter y % 5. */
function png(width, height, pixelAt) {
  const stride = width * 3, pixels = Buffer.alloc(height * stride), raw = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels.set(pixelAt(x, y), y * stride + x * 3);
  for (let y = 0; y < height; y++) {
    raw[y * (stride + 1)] = y % 5;
    for (let x = 0; x < stride; x++) {
      const a = x >= 3 ? pixels[y * stride + x - 3] : 0, b = y ? pixels[(y - 1) * stride + x] : 0, c = x >= 3 && y ? pixels[(y - 1) * stride + x - 3] : 0, p = a + b - c;
      const paeth = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c) ? a : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
      raw[y * (stride + 1) + 1 + x] = pixels[y * stride + x] - [0, a, b, (a + b) >> 1, paeth][y % 5];
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return { pixels, file: Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(raw)), chunk('IEND', Buffer.alloc(0))]) };
}

test('every filter of the format is undone', () => {
  const { file, pixels } = png(13, 11, (x, y) => [x * 19, (x * y * 7) & 255, (y * 23 + x) & 255]);
  assert.deepEqual(readPng(file).pixels, pixels);
});

test('a palette makes it smaller; few colours stay as they are, many come close', () => {
  const flat = png(200, 200, (x, y) => (x > 100 ? [11, 107, 87] : y > 100 ? [251, 252, 253] : [28, 33, 38]));
  const small = smallPng(flat.file);
  assert.ok(small.length <= flat.file.length);
  assert.equal(small.readUInt32BE(16), 200);
  const noisy = png(128, 128, (x, y) => [x * 2, y * 2, (x * 31 + y * 17) & 255]);
  assert.ok(smallPng(noisy.file).length < noisy.file.length);
});

test('what is no PNG, or one of another kind, is refused by name', () => {
  assert.throws(() => readPng(Buffer.from('GIF89a and more')), /no PNG/);
  const { file } = png(2, 2, () => [0, 0, 0]);
  file[8 + 8 + 8] = 16;
  assert.throws(() => readPng(file), /16 bits/);
});
