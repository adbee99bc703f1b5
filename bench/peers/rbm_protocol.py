"""The protocol of README.md for machines in Python: commands on stdin, answers on stdout."""

import sys
import time

import numpy as np


class Machine:
    """W is (hidden, width), rows are (rows, width); all float32."""

    def __init__(self, width, hidden, rows):
        self.width, self.hidden, self.count = width, hidden, rows

    def load(self, w, b, c, rows):
        self.w, self.b, self.c, self.rows = w, b, c, rows

    def learn(self, row, rate):
        """One update."""
        raise NotImplementedError


def read(machine, path):
    values = np.fromfile(path, np.float32)
    width, hidden = machine.width, machine.hidden
    w, b, c, rows = np.split(values, np.cumsum([hidden * width, width, hidden]))
    machine.load(w.reshape(hidden, width).copy(), b.copy(), c.copy(), rows.reshape(machine.count, width).copy())


def write(machine, path):
    with open(path, "wb") as file:
        for array in (machine.w, machine.b, machine.c):
            np.asarray(array, np.float32).tofile(file)


def serve(kind, rate_kind):
    """Answer until stdin ends. `rate_kind` makes the rate a number that the library multiplies without widening."""
    machine = kind(*(int(argument) for argument in sys.argv[1:4]))
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        if command == "learn":
            count, rate = rest.split()
            rate, rows, learn = rate_kind(rate), machine.rows, machine.learn
            start = time.perf_counter()
            for k in range(int(count)):
                learn(rows[k % len(rows)], rate)
            print(f"{(time.perf_counter() - start) * 1e6:.3f}", flush=True)
        else:
            {"load": read, "save": write}[command](machine, rest)
            print("ok", flush=True)
