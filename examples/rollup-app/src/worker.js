import 'wasm-services/worker';
