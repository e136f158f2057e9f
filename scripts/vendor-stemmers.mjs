/**
 * Copies the Snowball stemmers that the text index uses out of the development dependency @orama/stemmers (Apache-2.0) into
 * js/dist/vendor/stemmers/, with their licence, so that the published package needs no dependency at run time.
 *
 * Their types are hand-written in js/src/vendor/stemmers/index.d.ts: tsc is content before this has ever run. English is not
 * among them: it has a stemmer of ours (js/src/services/vector/text/english.ts).
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Name by which users ask for a language -> file of the dependency. Names equal those in js/src/vendor/stemmers/index.d.ts. */
export const STEMMER_FILES = {
  danish: 'dk', dutch: 'nl', finnish: 'fi', french: 'fr', german: 'de', hungarian: 'hu', italian: 'it', norwegian: 'no',
  portuguese: 'pt', romanian: 'ro', russian: 'ru', spanish: 'es', swedish: 'se', turkish: 'tr',
};

const root = new URL('../', import.meta.url);

/** Returns the folder written. The same input gives the same bytes. */
export function vendorStemmers(from = new URL('node_modules/@orama/stemmers/', root), to = new URL('js/dist/vendor/stemmers/', root)) {
  if (!existsSync(from)) throw new Error(`${fileURLToPath(from)} is missing: run 'npm ci' first`);
  const { version, license } = JSON.parse(readFileSync(new URL('package.json', from), 'utf8'));
  if (license !== 'Apache-2.0') throw new Error(`@orama/stemmers ${version} is under '${license}', not Apache-2.0: look at its terms before it is shipped`);
  const banner = `/* @orama/stemmers ${version}, Apache-2.0, see LICENSE.md in this folder; unchanged but for this line and the source map's. */\n`;
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  let index = banner;
  for (const [language, file] of Object.entries(STEMMER_FILES)) {
    const text = readFileSync(new URL(`dist/${file}.js`, from), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
    if (!text.includes(`export const language="${language}"`) || !/export function stemmer\(/.test(text)) {
      throw new Error(`dist/${file}.js of @orama/stemmers ${version} is not the ${language} stemmer as expected: compare it with scripts/vendor-stemmers.mjs`);
    }
    writeFileSync(new URL(`${file}.js`, to), `${banner}${text}\n`);
    index += `export { stemmer as ${language} } from './${file}.js';\n`;
  }
  writeFileSync(new URL('index.js', to), index);
  copyFileSync(new URL('LICENSE.md', from), new URL('LICENSE.md', to));
  return fileURLToPath(to);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(`stemmers -> ${vendorStemmers()}`);
