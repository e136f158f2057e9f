#!/usr/bin/env node
// Pictures of every panel for docs/screenshots: light, dark and phone width. `node scripts/screenshots.mjs [PANEL …]`, after a build.
// Chromium's screenshots are PNG in full colour; they are written anew with a palette where that is smaller (pure JavaScript, no dependency).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from '../tests/support/chromium.mjs';
import { openPage, PANELS } from '../tests/e2e/lib.mjs';
import { smallPng } from './lib/small-png.mjs';
import { root } from './lib/proc.mjs';

const LARGEST = 150_000;
const LOOKS = {
  light: { viewport: { width: 1000, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1000, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 375, height: 780 }, colorScheme: 'light', hasTouch: true },
};
/** Where the picture begins, where that is not the top of the page, and how much of it is shown. */
const TALLEST = 1500;

/** What the tests fill in, and what makes a better picture. */
const MORE = {
  compute: async (page) => {
    await page.click('#compute-paint');
    await page.waitForFunction(() => /86,400 points/.test(document.getElementById('compute-status').textContent), undefined, { timeout: 60_000 });
  },
};

const chosen = process.argv.slice(2);
const folder = join(root, 'docs/screenshots');
mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
let failed = 0;
for (const name of chosen.length ? chosen : Object.keys(PANELS)) {
  for (const [look, context] of Object.entries(LOOKS)) {
    const { page, close } = await openPage(browser, `#${name}`, { context });
    try {
      await PANELS[name](page);
      await MORE[name]?.(page);
      await page.evaluate(() => { scrollTo(0, 0); document.activeElement?.blur(); });
      await page.waitForTimeout(300);
      const height = Math.min(TALLEST, await page.evaluate(() => document.documentElement.scrollHeight));
      const png = smallPng(await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: context.viewport.width, height } }));
      writeFileSync(join(folder, `${name}-${look}.png`), png);
      console.log(`${png.length > LARGEST ? '✗' : '✓'} docs/screenshots/${name}-${look}.png ${(png.length / 1000).toFixed(0)} kB`);
      if (png.length > LARGEST) failed++;
    } finally {
      await close();
    }
  }
}
await browser.close();
if (failed) console.error(`${failed} pictures are larger than ${LARGEST / 1000} kB`);
process.exitCode = failed ? 1 : 0;
