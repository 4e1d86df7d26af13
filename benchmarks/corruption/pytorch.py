"""Batches corrupted with PyTorch: from floats that are there already, and from bytes gathered and scaled first."""
import sys

sys.path.insert(0, sys.argv[1])
from contender import load_pytorch, serve  # noqa: E402


class Corruption:
    def __init__(self):
        self.torch, self.line = load_pytorch()

    def description(self):
        return self.line

    def prepare(self, images, count, pixels, batch, channel, strength, **_):
        torch = self.torch
        self.images = torch.from_file(images, size=count * pixels, dtype=torch.uint8).reshape(count, pixels).clone()
        self.order = torch.randperm(count)
        self.batch = batch
        self.first = 0
        self.channel = {"replacement": self.replacement, "binary": self.binary, "additive": self.additive}[channel]
        self.strength = strength
        self.resident = self.gather(self.order[:batch])

    def replacement(self, x):
        torch = self.torch
        return torch.where(torch.rand_like(x) < self.strength, torch.rand_like(x), x)

    def binary(self, x):
        torch = self.torch
        return torch.where(torch.rand_like(x) < self.strength, torch.randint_like(x, 2), x)

    def additive(self, x):
        return self.torch.rand_like(x).sub_(0.5).mul_(self.strength).add_(x).clamp_(0, 1)

    def gather(self, indices):
        return self.images[indices].float().div_(255)

    def from_floats(self, repeats):
        for _ in range(repeats):
            self.channel(self.resident)

    def from_bytes(self, repeats):
        for _ in range(repeats):
            if self.first + self.batch > len(self.order):
                self.first = 0
            self.channel(self.gather(self.order[self.first : self.first + self.batch]))
            self.first += self.batch

    def sample(self, indices, rounds, file):
        """Writes images `indices`, corrupted `rounds` times, to `file` as floats."""
        x = self.gather(self.torch.tensor(indices))
        with open(file, "wb") as out:
            for _ in range(rounds):
                out.write(self.channel(x).numpy().tobytes())


serve(Corruption)
