"""Full tangent kernels by functorch: the Jacobians of all logits by vmap(jacrev), then their products."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import load_pytorch, serve  # noqa: E402


class Kernels:
    def __init__(self):
        import functorch

        self.functorch = functorch
        self.torch, self.line = load_pytorch()
        self.networks = {}

    def description(self):
        return self.line

    def prepare(self, images, labels, count, pixels, kept):
        torch = self.torch
        images = torch.from_file(images, size=count * pixels, dtype=torch.uint8).reshape(count, pixels)
        self.images = images[:kept].clone().float().div_(255)
        return True

    def add(self, name, checkpoint, width):
        from load_checkpoint import state_dict

        nn = self.torch.nn
        if name == "mlp":
            net = nn.Sequential(
                nn.Linear(784, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))
            shape = (784,)
        else:
            net = nn.Sequential(
                nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                nn.Linear(98 * width, 128), nn.ReLU(), nn.Linear(128, 10))
            shape = (1, 28, 28)
        net.load_state_dict(state_dict(checkpoint))
        self.networks[name] = (*self.functorch.make_functional(net), shape)
        return True

    def kernel(self, name, count):
        """(count * 10, count * 10), the products added up in place, layer by layer."""
        function, parameters, shape = self.networks[name]
        functorch = self.functorch
        x = self.images[:count].reshape(count, *shape)
        with self.torch.no_grad():
            jacobians = functorch.vmap(functorch.jacrev(lambda p, x: function(p, x[None])[0]), (None, 0))(parameters, x)
            kernel = None
            for jacobian in jacobians:
                rows = jacobian.flatten(2).flatten(0, 1)
                kernel = rows @ rows.T if kernel is None else kernel.addmm_(rows, rows.T)
        return kernel

    def select(self, name, count):
        self.chosen = name, count
        return True

    def run(self, repeats):
        for _ in range(repeats):
            self.kernel(*self.chosen)

    def write_kernel(self, name, count, path):
        """Writes the kernel of the first `count` images as raw floats."""
        with open(path, "wb") as out:
            out.write(self.kernel(name, count).numpy().tobytes())
        return True


serve(Kernels)
