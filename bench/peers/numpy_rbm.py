"""CD-1 of a restricted Boltzmann machine in numpy, one row at a time. Commands on stdin, answers on stdout: see README.md."""

import numpy as np
from rbm_protocol import Machine, serve


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class NumpyMachine(Machine):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.random = np.random.default_rng(0)

    def learn(self, row, rate):
        h0 = sigmoid(self.w @ row + self.c)
        s0 = (self.random.random(self.hidden, np.float32) < h0).astype(np.float32)
        v1 = sigmoid(s0 @ self.w + self.b)
        h1 = sigmoid(self.w @ v1 + self.c)
        self.w += np.outer(rate * h0, row) - np.outer(rate * h1, v1)
        self.b += rate * (row - v1)
        self.c += rate * (h0 - h1)


serve(NumpyMachine, np.float32)
