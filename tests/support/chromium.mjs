/** Debian's Chromium through playwright-core, quiet enough for a machine without a network. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';

const require = createRequire(new URL('../hosts/package.json', import.meta.url));
export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function chromiumPath() {
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!executablePath) throw new Error('Chromium is missing: install it (apt-get install chromium) or set CHROMIUM to its path');
  return executablePath;
}

export async function launchChromium() {
  const { chromium } = require('playwright-core');
  return chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGS });
}

/** A Chromium of our own, with a page at `url`, on a profile that outlives it: `kill` ends its whole process group with SIGKILL. */
export async function startBrowser(profile, url) {
  const { chromium } = require('playwright-core');
  const child = spawn(chromiumPath(), [...CHROMIUM_ARGS, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const endpoint = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (data) => {
      text += data;
      const match = /DevTools listening on (ws:\S+)/.exec(text);
      if (match) resolve(match[1]);
    });
    child.on('close', () => reject(new Error(`Chromium did not start: ${text.slice(-500)}`)));
  });
  const connected = await chromium.connectOverCDP(endpoint);
  const page = await connected.contexts()[0].newPage();
  await page.goto(url);
  return {
    page,
    kill: () => new Promise((resolve) => {
      child.on('close', resolve);
      process.kill(-child.pid, 'SIGKILL');
    }),
  };
}
