"""Full tangent kernels in PyTorch, in two ways: by functorch, the Jacobians of all logits by vmap(jacrev), then their
products; and as a careful user writes them by hand, layer by layer, without the Jacobians of dense layers."""
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
        self.networks[name] = (net, *self.functorch.make_functional(net), shape)
        return True

    def by_functorch(self, name, count):
        """(count * 10, count * 10), the products added up in place, tensor by tensor."""
        _, function, parameters, shape = self.networks[name]
        functorch = self.functorch
        x = self.images[:count].reshape(count, *shape)
        with self.torch.no_grad():
            jacobians = functorch.vmap(functorch.jacrev(lambda p, x: function(p, x[None])[0]), (None, 0))(parameters, x)
            kernel = None
            for jacobian in jacobians:
                rows = jacobian.flatten(2).flatten(0, 1)
                kernel = rows @ rows.T if kernel is None else kernel.addmm_(rows, rows.T)
        return kernel

    def by_layers(self, name, count):
        """The same. The Jacobian of a dense layer's weights is d x^T for each image and class, d the derivative by the
        layer's outputs, so that its products are (d . d')(x . x' + 1), the one for the bias; that of a convolution is
        the sum over positions."""
        torch = self.torch
        net, _, _, shape = self.networks[name]
        x = self.images[:count].reshape(count, *shape)
        layers, inputs, outputs = [], [], []
        for module in net:
            y = module(x)
            if hasattr(module, "weight"):
                layers.append(module)
                inputs.append(x.detach())
                outputs.append(y)
            x = y
        by_class = [torch.autograd.grad(x[:, c].sum(), outputs, retain_graph=True) for c in range(x.shape[1])]
        kernel = torch.zeros(x.numel(), x.numel())
        with torch.no_grad():
            for layer, x, *d in zip(layers, inputs, *by_class):
                d = torch.stack(d, 1)  # (images, classes, outputs ...)
                if x.dim() == 2:
                    rows = d.flatten(0, 1)
                    pairs = (rows @ rows.T).view(2 * d.shape[:2])
                    kernel.view_as(pairs).addcmul_(pairs, (x @ x.T).add_(1)[:, None, :, None])
                else:
                    patches = torch.nn.functional.unfold(x, layer.kernel_size, padding=layer.padding)
                    d = d.flatten(3)
                    rows = (d.flatten(1, 2) @ patches.transpose(1, 2)).view(kernel.shape[0], -1)
                    kernel.addmm_(rows, rows.T)
                    sums = d.sum(-1).flatten(0, 1)
                    kernel.addmm_(sums, sums.T)
        return kernel

    def select(self, name, count):
        self.chosen = name, count
        return True

    def run_functorch(self, repeats):
        for _ in range(repeats):
            self.by_functorch(*self.chosen)

    def run_layers(self, repeats):
        for _ in range(repeats):
            self.by_layers(*self.chosen)

    def write_kernel(self, way, name, count, path):
        """Writes the kernel of the first `count` images as raw floats."""
        with open(path, "wb") as out:
            out.write(getattr(self, way)(name, count).numpy().tobytes())
        return True


serve(Kernels)
