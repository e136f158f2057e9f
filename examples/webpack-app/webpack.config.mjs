import { copyFileSync } from 'node:fs';

export default {
  mode: 'production',
  entry: './src/main.js',
  output: { path: new URL('dist', import.meta.url).pathname, filename: 'main.js', module: true, clean: true },
  experiments: { outputModule: true },
  performance: { hints: false },
  plugins: [{ apply: (compiler) => compiler.hooks.done.tap('html', () => copyFileSync('index.html', 'dist/index.html')) }],
};
