"""The perceptron in PyTorch."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import serve  # noqa: E402
from training import Training  # noqa: E402


def network(nn, image, width, classes):
    return nn.Sequential(
        nn.Linear(image[0], width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes)
    )


serve(lambda: Training(network))
