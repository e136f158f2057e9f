/**
 * Workers of the package in one file each, as an application's bundler makes them: a browser takes about 130 ms to load the modules of an
 * unbundled one, and the cells start thousands. Other cells start the unbundled ones.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = 'js/dist/worker';

/** Every module goes on naming the place where it lay: what it finds by its URL is found there. */
const places = {
  name: 'places',
  transform: (code, file) => code.replaceAll('import.meta.url', `new URL(${JSON.stringify(`/${relative(root, file)}`)}, self.location.origin).href`),
};

/** @returns {Promise<Map<string, string>>} the code by the path of the script */
export async function bundleWorkers() {
  const { rolldown } = await import(pathToFileURL(createRequire(new URL('../../packaging/package.json', import.meta.url)).resolve('rolldown')));
  const bundles = new Map();
  for (const file of readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.entry.js'))) {
    const bundle = await rolldown({ input: join(root, FOLDER, file), platform: 'browser', external: /^node:/, plugins: [places], logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
    await bundle.close();
    if (output.length !== 1) throw new Error(`${file} became ${output.length} files`);
    bundles.set(`/${FOLDER}/${file}`, output[0].code);
  }
  if (bundles.size < 4) throw new Error(`only ${bundles.size} workers in ${FOLDER}`);
  return bundles;
}
