/** Generated at build by scripts/build-entries.mjs. */
declare const module: WebAssembly.Module;
export default module;
