#!/usr/bin/env node
// The command line of the package: `npx wasm-services doctor`. Each command is a file of its own, loaded when it is asked for.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Misuse } from './misuse.mjs';

const COMMANDS = {
  doctor: ['doctor [URL] [--json]', 'what this machine, or a site, can run, and how to get more'],
  'copy-wasm': ['copy-wasm DIR [--service NAME]', 'copies the .wasm files, for bundlers that leave them behind'],
  headers: ['headers --for SERVER', 'the response headers that give pages threads, ready to paste'],
  bench: ['bench [--json]', 'each service here: JavaScript beside WebAssembly, answers compared'],
  demo: ['demo [--port N]', 'serves a page that runs every service in your browser'],
};

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const usage = () => `wasm-services ${version}\n\n${Object.values(COMMANDS).map(([form, does]) => `  npx wasm-services ${form.padEnd(31)} ${does}`).join('\n')}\n\nEach command takes --help.`;

/** Close in letters: one or two typing errors. */
function near(word) {
  const distance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
      row = next;
    }
    return row[b.length];
  };
  return Object.keys(COMMANDS).find((name) => distance(word, name) <= 2);
}

async function main([name, ...args]) {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') { console.log(usage()); return 0; }
  if (name === '--version' || name === '-v') { console.log(version); return 0; }
  if (!Object.hasOwn(COMMANDS, name)) {
    const guess = near(name);
    throw new Misuse(`there is no command '${name}'${guess ? `; did you mean '${guess}'?` : ''}\n\n${usage()}`);
  }
  const command = await import(`./commands/${name}.mjs`);
  let parsed;
  try {
    parsed = parseArgs({ args, options: { ...command.options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  } catch (error) {
    throw new Misuse(`${error.message.split('. To specify')[0]}\n\n${command.help}`);
  }
  if (parsed.values.help) { console.log(command.help); return 0; }
  const most = command.positionals ?? 0;
  if (parsed.positionals.length > most) throw new Misuse(`${name} takes ${most === 0 ? 'no argument' : 'one argument'}, not '${parsed.positionals.slice(most).join(' ')}'\n\n${command.help}`);
  return command.run(parsed.values, parsed.positionals);
}

// Set, not process.exit(): what was printed into a pipe must arrive.
main(process.argv.slice(2)).then((code) => { process.exitCode = code; }, (error) => {
  if (error instanceof Misuse) {
    console.error(error.message);
    process.exitCode = 2;
  } else {
    console.error(`wasm-services: ${error.message}`);
    process.exitCode = 1;
  }
});
