/**
 * For runs with DISABLE_WASM=true: every WebAssembly constructor and function throws, so that a pass proves that no case needed it.
 * Must run before the package is imported.
 */
export function refuseWebAssembly() {
  const real = globalThis.WebAssembly;
  const refused = (name) => new Error(`WebAssembly.${name} was used although DISABLE_WASM=true`);
  const constructors = ['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag'].map((name) => [name, class { constructor() { throw refused(name); } }]);
  const functions = ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming', 'validate'].map((name) => [name, (...given) => {
    const error = refused(name);
    // Node's own fetch compiles its HTTP parser when Response is first looked at; refused, that ends the process, and it is not ours.
    if (error.stack.includes('node:internal/deps/undici')) return real[name](...given);
    throw error;
  }]);
  globalThis.WebAssembly = Object.fromEntries([...constructors, ...functions]);
}
