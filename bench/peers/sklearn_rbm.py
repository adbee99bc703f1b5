"""scikit-learn's BernoulliRBM, one row a call of partial_fit. Commands on stdin, answers on stdout: see README.md."""

import sys
import time

import numpy as np
from sklearn.neural_network import BernoulliRBM

width, hidden, rows = (int(argument) for argument in sys.argv[1:4])
model = BernoulliRBM(n_components=hidden, batch_size=1, random_state=0)
data = np.zeros((rows, width), np.float32)


def load(path):
    values = np.fromfile(path, np.float32)
    w, b, c, v = np.split(values, np.cumsum([hidden * width, width, hidden]))
    data[:] = v.reshape(rows, width)
    model.partial_fit(data[:1])
    model.components_ = w.reshape(hidden, width).copy()
    model.intercept_visible_ = b.copy()
    model.intercept_hidden_ = c.copy()


def save(path):
    with open(path, "wb") as file:
        for array in (model.components_, model.intercept_visible_, model.intercept_hidden_):
            np.asarray(array, np.float32).tofile(file)


for line in sys.stdin:
    command, _, rest = line.strip().partition(" ")
    if command == "learn":
        count, rate = rest.split()
        model.learning_rate = float(rate)
        start = time.perf_counter()
        for k in range(int(count)):
            model.partial_fit(data[k % rows : k % rows + 1])
        print(f"{(time.perf_counter() - start) * 1e6:.3f}", flush=True)
    else:
        {"load": load, "save": save}[command](rest)
        print("ok", flush=True)
