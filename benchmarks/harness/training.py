"""The training loop in PyTorch, whole batches corrupted at once."""
from contender import load_pytorch


class Training:
    def __init__(self, network):
        """`network(nn, **sizes)` makes the network; sizes["image"] is the shape of the images it takes."""
        self.torch, self.line = load_pytorch()
        self.network = network

    def description(self):
        return self.line

    def prepare(self, images, labels, count, pixels, sizes, batch, learning_rate, momentum, p):
        torch = self.torch
        raw = torch.from_file(images, size=count * pixels, dtype=torch.uint8)
        self.images = raw.reshape(count, *sizes["image"]).clone()
        self.labels = torch.from_file(labels, size=count, dtype=torch.uint8).long()
        self.batch, self.p = batch, p
        self.net = self.network(torch.nn, **sizes)
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=learning_rate, momentum=momentum)
        self.order = torch.randperm(count)
        self.first = 0

    def gather(self, indices):
        return self.images[indices].float().div_(255), self.labels[indices]

    def corrupt(self, x):
        torch = self.torch
        return torch.where(torch.rand_like(x) < self.p, torch.rand_like(x), x)

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def run(self, repeats):
        for _ in range(repeats):
            if self.first + self.batch > len(self.order):
                self.order = self.torch.randperm(len(self.order))
                self.first = 0
            x, y = self.gather(self.order[self.first : self.first + self.batch])
            self.step(self.corrupt(x), y)
            self.first += self.batch

    def run_clean(self, checkpoint, order, parameters):
        """Steps on clean batches in the given order from the given weights; writes the parameters, returns the losses."""
        from load_checkpoint import state_dict

        self.net.load_state_dict(state_dict(checkpoint))
        losses = [self.step(*self.gather(indices)).item() for indices in self.torch.tensor(order).split(self.batch)]
        with open(parameters, "wb") as out:
            for tensor in self.net.state_dict().values():
                out.write(tensor.numpy().tobytes())
        return losses
