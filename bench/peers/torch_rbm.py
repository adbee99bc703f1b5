"""CD-1 of a restricted Boltzmann machine in PyTorch, one row at a time. Commands on stdin, answers on stdout: see README.md."""

import torch
from rbm_protocol import Machine, serve

torch.set_num_threads(1)
torch.set_grad_enabled(False)
torch.manual_seed(0)


class TorchMachine(Machine):
    def load(self, w, b, c, rows):
        self.w, self.b, self.c, self.rows = (torch.from_numpy(array) for array in (w, b, c, rows))

    def learn(self, row, rate):
        h0 = torch.sigmoid(torch.addmv(self.c, self.w, row))
        s0 = torch.bernoulli(h0)
        v1 = torch.sigmoid(torch.addmv(self.b, self.w.t(), s0))
        h1 = torch.sigmoid(torch.addmv(self.c, self.w, v1))
        self.w.addr_(h0, row, alpha=rate).addr_(h1, v1, alpha=-rate)
        self.b.add_(row - v1, alpha=rate)
        self.c.add_(h0 - h1, alpha=rate)


serve(TorchMachine, float)
