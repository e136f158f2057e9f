import resolve from '@rollup/plugin-node-resolve';

// Page and worker share what they have in common.
export default { input: ['src/main.js', 'src/worker.js'], output: { dir: 'dist', format: 'es' }, plugins: [resolve({ browser: true })] };
