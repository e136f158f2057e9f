"""Reference rows: numpy on the inputs of the bench. Arguments: a folder, a task, rounds, then the task's sizes. Prints milliseconds of each round; the answer lies in the folder."""
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import json, sys, time
import numpy as np

folder, task, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
sizes = [int(v) for v in sys.argv[4:]]


def read(name):
    for kind in ("f32", "f64", "u32"):
        path = os.path.join(folder, f"{name}.{kind}")
        if os.path.exists(path):
            return np.fromfile(path, dtype={"f32": np.float32, "f64": np.float64, "u32": np.uint32}[kind])


def square(name):
    return read(name).reshape(sizes[0], sizes[0])


def prepare():
    if task == "matmul":
        a, b = square("a"), square("b")
        return lambda: (a @ b,)
    if task == "fft":
        x = (read("re") + 1j * read("im")).astype(np.complex128)
        return lambda: (np.fft.fft(x),)
    if task == "describe":
        v = read("v")
        return lambda: (np.array([v.sum(), v.min(), v.max(), v.var(ddof=1)]),)
    if task == "histogram":
        v = read("v")
        return lambda: (np.histogram(v, bins=256, range=(-0.5, 0.5))[0].astype(np.float64),)
    if task == "sort":
        v = read("v")
        return lambda: (np.sort(v),)
    if task == "pairwise":
        x = read("x").reshape(sizes)

        def distances():
            norms = np.einsum("ij,ij->i", x, x)
            squares = norms[:, None] + norms[None, :] - 2 * (x @ x.T)
            np.fill_diagonal(squares, 0)
            return (np.sqrt(np.maximum(squares, 0)),)
        return distances
    if task == "kmeans":
        n, d, k, iterations = sizes
        x, seeds = read("x").reshape(n, d).astype(np.float64), read("c").reshape(k, d)

        def nearest(c):
            return np.argmin(np.einsum("ij,ij->i", c, c) - 2 * (x @ c.T), axis=1)

        def lloyd():
            c = seeds
            for _ in range(iterations):
                labels = nearest(c)
                sums = np.stack([np.bincount(labels, weights=x[:, j], minlength=k) for j in range(d)], axis=1)
                c = sums / np.bincount(labels, minlength=k)[:, None]
            return c, nearest(c).astype(np.uint32)
        return lloyd
    if task == "svd":
        a = square("a")
        return lambda: np.linalg.svd(a, full_matrices=False)
    if task == "qr":
        a = square("a")
        return lambda: tuple(np.linalg.qr(a))
    if task == "cholesky":
        a = square("a")
        return lambda: (np.linalg.cholesky(a),)
    if task == "evaluate":
        x, y = read("x"), read("y")
        return lambda: (np.where(np.sqrt(x * x + y * y) > 1, 0.0, 1.0),)
    sys.exit(f"no task called {task}")


run = prepare()
run()
times = []
for _ in range(rounds):
    start = time.perf_counter()
    answer = run()
    times.append((time.perf_counter() - start) * 1e3)
for i, part in enumerate(answer):
    np.ascontiguousarray(part).tofile(os.path.join(folder, f"answer{i}"))
print(json.dumps({"times": times, "version": np.__version__}))
