// Writes into shared numbers without a pause: finite, NaN, finite … until word 0 of `stop` is set.
import { parentPort, workerData } from 'node:worker_threads';

const { numbers, stop } = workerData;
parentPort.postMessage('writes');
for (let turn = 0; Atomics.load(stop, 0) === 0; turn++) {
  numbers.fill(turn % 2 === 0 ? NaN : turn);
  for (let pause = 0; pause < 50 && Atomics.load(stop, 0) === 0; pause++);
}
