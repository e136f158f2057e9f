/** The page's pulse: frames a second and the longest gap between two of them. Nothing but a count runs here, so what it shows is the page's. */
import { byId } from '../dom.js';

const KEPT = 120;
const gaps = [];
let last, longest = 0, running = false, canvas;

function draw() {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  context.fillStyle = style.color;
  gaps.forEach((gap, i) => {
    const tall = Math.min(height, (gap / 100) * height); // 100 ms fill the strip
    context.fillRect(i * (width / KEPT), height - tall, width / KEPT - 0.5, tall);
  });
}

function frame(now) {
  if (!running) return;
  // A hidden tab gets no frames: that is no gap of ours.
  if (last !== undefined && !document.hidden) {
    gaps.push(now - last);
    if (gaps.length > KEPT) gaps.shift();
    longest = Math.max(longest, now - last);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    byId('compute-fps').textContent = `${Math.round(1000 / mean)} frames/s`;
    byId('compute-gap').textContent = `longest gap ${longest.toFixed(0)} ms`;
    draw();
  }
  last = document.hidden ? undefined : now;
  requestAnimationFrame(frame);
}

/** Runs while the panel is in view. */
export function watchFrames(panel) {
  canvas = byId('compute-frames');
  new IntersectionObserver((entries) => {
    const seen = entries.at(-1).isIntersecting;
    if (seen === running) return;
    running = seen;
    last = undefined;
    if (seen) requestAnimationFrame(frame);
  }).observe(panel);
}

/** The longest gap is counted from here on. */
export const resetLongest = () => { longest = 0; };
export const longestGap = () => longest;
