// The worker of the package is an ES module, so Vite must keep it one.
export default { worker: { format: 'es' }, build: { target: 'es2022' } };
