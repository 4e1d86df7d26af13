"""The convolutional network in PyTorch."""
import sys

sys.path[:0] = sys.argv[1:3]
from contender import serve  # noqa: E402
from training import Training  # noqa: E402


def network(nn, image, channels, hidden, classes):
    colours, height, width = image
    return nn.Sequential(
        nn.Conv2d(colours, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(2 * channels * (height // 4) * (width // 4), hidden), nn.ReLU(), nn.Linear(hidden, classes)
    )


serve(lambda: Training(network))
