/** What the rest of the package asks of the host's capabilities. It stands in one file, js/src/detect.ts, because that is an entry of its own. */
export { capabilitiesNow, detectCapabilities, detectForLoading, isWasmDisabled, wasmDetector } from '../detect.js';
