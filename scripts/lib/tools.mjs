// The tools the build needs: which versions, where they are kept, how each is installed when it is missing.
//
// Cargo tools live in a cache outside the checkout, one folder per version, so that a fresh clone does not compile them again
// and two checkouts with different versions do not fight. The versions come from the lock files: nothing is stated twice.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { capture, root, run, stop, which } from './proc.mjs';

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasm-services', 'tools');

/** wasm-bindgen's CLI must be the very version of the crate in Cargo.lock. */
export function lockedWasmBindgen() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (!version) stop('Cargo.lock names no wasm-bindgen: run `cargo update -p wasm-bindgen` and commit the lock file');
  return version;
}
export const WASM_PACK = '0.15.1';

const cargoTool = (crate, binary, version) => {
  const dir = join(cacheRoot, `${crate}-${version}`);
  return { crate, binary, version, bin: join(dir, 'bin'), path: join(dir, 'bin', binary), dir };
};

/** Finds or builds a cargo tool of exactly this version and returns the folder to put on PATH. */
function ensureCargoTool(crate, binary, version) {
  const onPath = which(binary);
  if (onPath && capture(onPath, ['--version'])?.split(/\s+/)[1] === version) return '';
  const tool = cargoTool(crate, binary, version);
  if (!existsSync(tool.path)) {
    console.log(`• installing ${crate} ${version} (once per machine, a few minutes)`);
    const args = ['install', crate, '--version', version, '--root', tool.dir];
    // The crate's own lock file first; a registry mirror that lags behind it gets cargo's newest compatible choice.
    if (!run('cargo', [...args, '--locked'], { optional: true, quiet: true }).ok) run('cargo', args, { quiet: true, label: `cargo ${args.join(' ')}` });
  }
  const found = capture(tool.path, ['--version'])?.split(/\s+/)[1];
  if (found !== version) stop(`${binary} in the tool cache says ${found}, the lock file wants ${version}: delete ${tool.dir} and run again`);
  return tool.bin;
}

/** npm packages of the lock file, here and in sub-packages (`tests/hosts`, `benches/peers`). */
export function ensureNpm(folder = '.') {
  const dir = join(root, folder);
  const lock = join(dir, 'package-lock.json');
  const done = join(dir, 'node_modules', '.package-lock.json');
  const stamp = join(dir, 'node_modules', '.lock-installed');
  const current = readFileSync(lock, 'utf8');
  if (existsSync(done) && existsSync(stamp) && readFileSync(stamp, 'utf8') === current) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir, label: `npm ci (${folder})` });
  run(process.execPath, ['-e', `require('node:fs').writeFileSync(${JSON.stringify(stamp)}, require('node:fs').readFileSync(${JSON.stringify(lock)}))`], { quiet: true });
}

/** The pinned Rust toolchain with its wasm target and std's source. */
export function ensureRust() {
  if (!which('rustup')) stop('rustup is not installed: get it from https://rustup.rs and run this command again');
  const pin = /channel\s*=\s*"([^"]+)"/.exec(readFileSync(join(root, 'rust-toolchain.toml'), 'utf8'))[1];
  const name = capture('rustup', ['show', 'active-toolchain']) ?? '';
  const has = (capture('rustup', ['component', 'list', '--installed']) ?? '') + (capture('rustup', ['target', 'list', '--installed']) ?? '');
  if (!name.startsWith(pin) || !/rust-src/.test(has) || !/wasm32-unknown-unknown/.test(has) || !/rustfmt/.test(has) || !/clippy/.test(has)) {
    if (!capture('rustup', ['run', pin, 'rustc', '--version'])) run('rustup', ['toolchain', 'install', pin, '--profile', 'minimal']);
    run('rustup', ['target', 'add', 'wasm32-unknown-unknown', '--toolchain', pin]);
    run('rustup', ['component', 'add', 'rust-src', 'rustfmt', 'clippy', '--toolchain', pin]);
  }
  const version = capture('rustc', ['--version'])?.split(' ')[1];
  if (version !== pin) stop(`rustc is ${version ?? 'missing'}, rust-toolchain.toml pins ${pin}: run \`rustup toolchain install ${pin}\``);
  return version;
}

/** PATH with the wasm tools first, and their versions for the manifest. */
export function ensureWasmTools() {
  const bindgen = lockedWasmBindgen();
  const dirs = [ensureCargoTool('wasm-bindgen-cli', 'wasm-bindgen', bindgen), ensureCargoTool('wasm-pack', 'wasm-pack', WASM_PACK)].filter(Boolean);
  return { PATH: [...dirs, process.env.PATH].join(delimiter), versions: { 'wasm-bindgen': bindgen, 'wasm-pack': WASM_PACK } };
}

/** Debian's `clang` is 14; C for WebAssembly wants the newest of the distribution. */
const CLANG = 'clang-19', LLVM_AR = 'llvm-ar-19';

/** What C code in a crate needs to be compiled for WebAssembly; installs clang where apt may. */
export function clangEnvironment(flags = []) {
  if (!which(CLANG) || !which(LLVM_AR)) {
    if (which('apt-get') && process.getuid?.() === 0) {
      run('apt-get', ['update', '-q'], { optional: true, quiet: true });
      run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'clang-19', 'llvm-19'], { quiet: true, label: 'apt-get install clang-19 llvm-19' });
    }
    if (!which(CLANG) || !which(LLVM_AR)) stop(`${CLANG} and ${LLVM_AR} are missing: run \`sudo apt-get install clang-19 llvm-19\``);
  }
  return { CC_wasm32_unknown_unknown: CLANG, AR_wasm32_unknown_unknown: LLVM_AR, SQLITE_WASM_RS_FLAGS: flags.join(' ') };
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
export const findChromium = () => process.env.CHROMIUM || CHROMIUM_NAMES.map(which).find(Boolean);

/** A Chromium for the page tests; Debian's package where apt may install it. */
export function ensureChromium() {
  if (findChromium()) return findChromium();
  if (which('apt-get') && process.getuid?.() === 0) {
    run('apt-get', ['update', '-q'], { optional: true, quiet: true });
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { quiet: true, label: 'apt-get install chromium' });
  }
  return findChromium() ?? stop('Chromium is missing: run `sudo apt-get install chromium`, or set CHROMIUM to a Chrome or Chromium binary');
}
