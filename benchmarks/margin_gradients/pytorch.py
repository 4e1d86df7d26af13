"""Gradients of margins by autograd, in batches of 1,000."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import load_pytorch, serve  # noqa: E402


class Margins:
    def __init__(self):
        self.torch, self.line = load_pytorch()

    def description(self):
        return self.line

    def prepare(self, images, labels, count, pixels, classes, width, batch, first, checkpoint):
        from load_checkpoint import state_dict

        torch = self.torch
        nn = torch.nn
        self.images = torch.from_file(images, size=count * pixels, dtype=torch.uint8).reshape(count, pixels)[:first].clone()
        self.labels = torch.from_file(labels, size=count, dtype=torch.uint8)[:first].long()
        self.batch = batch
        self.net = nn.Sequential(
            nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes)
        )
        self.net.load_state_dict(state_dict(checkpoint))
        self.net.requires_grad_(False)  # so that nothing but the images' gradients is computed

    def gradients(self, x, y):
        torch = self.torch
        x = x.float().div_(255).requires_grad_()
        logits = self.net(x)
        own = logits.gather(1, y[:, None])
        others = logits.scatter(1, y[:, None], -torch.inf)
        margin = own[:, 0] - others.amax(1)
        return torch.autograd.grad(margin.sum(), x)[0]

    def run(self, repeats):
        for _ in range(repeats):
            for x, y in zip(self.images.split(self.batch), self.labels.split(self.batch)):
                self.gradients(x, y)

    def first_gradients(self, count, path):
        """Writes the gradients of the first `count` images as raw floats."""
        with open(path, "wb") as out:
            out.write(self.gradients(self.images[:count], self.labels[:count]).numpy().tobytes())
        return True


serve(Margins)
