"""CD-k and PCD-k in PyTorch, the loop that a careful user writes: everything in place, no graph."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import load_pytorch, serve  # noqa: E402


class Machine:
    def __init__(self):
        self.torch, self.line = load_pytorch()
        self.torch.set_grad_enabled(False)

    def description(self):
        return self.line

    def prepare(self, rows, noisy_rows, count, visible, components, batch, learning_rate):
        self.x, self.noisy = (
            self.torch.from_file(path, size=count * visible).reshape(count, visible).clone() for path in (rows, noisy_rows)
        )
        self.batch, self.rate = batch, learning_rate
        self.w = self.torch.randn(visible, components).mul_(0.01)
        self.b, self.c = self.torch.zeros(visible), self.torch.zeros(components)
        self.chains = self.torch.zeros(batch, components)
        self.first = 0

    def draw(self, p):
        return self.torch.rand_like(p).lt_(p)

    def hidden(self, v):
        return self.torch.addmm(self.c, v, self.w).sigmoid_()

    def visible(self, h):
        return self.torch.addmm(self.b, h, self.w.t()).sigmoid_()

    def step(self, sweeps, persistent):
        if self.first + self.batch > len(self.x):
            self.first = 0
        v0 = self.x[self.first : self.first + self.batch]
        self.first += self.batch
        h0 = self.hidden(v0)
        h = self.chains if persistent else self.draw(h0)
        for _ in range(sweeps):
            v = self.draw(self.visible(h))
            p = self.hidden(v)
            h = self.draw(p)
        if persistent:
            self.chains = h
        rate = self.rate / self.batch
        self.w.addmm_(v0.t(), h0, alpha=rate).addmm_(v.t(), p, alpha=-rate)
        self.b.add_((v0 - v).sum(0), alpha=rate)
        self.c.add_((h0 - p).sum(0), alpha=rate)

    def cd1(self, repeats):
        for _ in range(repeats):
            self.step(1, False)

    def pcd1(self, repeats):
        for _ in range(repeats):
            self.step(1, True)

    def pcd10(self, repeats):
        for _ in range(repeats):
            self.step(10, True)

    def transform(self, repeats):
        for _ in range(repeats):
            self.features = self.hidden(self.x)

    def transform_noisy(self, repeats):
        for _ in range(repeats):
            self.hidden(self.noisy)

    def save(self, path):
        """The parameters, then the features, as raw floats: W (components, visible), hidden and visible bias."""
        self.transform(1)
        with open(path, "wb") as out:
            for array in (self.w.t().contiguous(), self.c, self.b, self.features):
                out.write(array.numpy().tobytes())
        return True


serve(Machine)
