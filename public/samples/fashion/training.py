"""Training for the sample kits: the network, the augmentations and the loop.

Everything is a function of its arguments and a seed, so that the same call on
the same version of PyTorch gives the same weights. Pixels are float32 in 0..1
until `normalise`, because the augmentations are meant for images, not for
normalised inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEAN = 0.286
STD = 0.353
CLASS_COUNT = 10


@dataclass(frozen=True)
class Hyperparameters:
    """How one network is trained; written to `kit.json` field by field.

    `shift` is the largest move in pixels, `erase` the chance that a square is
    painted over, `mixup` the parameter of the Beta distribution (0 = off).
    """

    learningRate: float
    epochs: int
    seed: int
    weightDecay: float = 0.01
    labelSmoothing: float = 0.0
    mixup: float = 0.0
    shift: int = 0
    flip: bool = False
    erase: float = 0.0
    batchSize: int = 128


class ConvNet(nn.Module):
    """Two convolutions and two dense layers; no BatchNorm, no dropout.

    79,242 parameters and 0.85 M multiply-adds for one 28 x 28 image.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),  # 16 x 28 x 28
            nn.ReLU(),
            nn.MaxPool2d(2),  # 16 x 14 x 14
            nn.Conv2d(16, 32, kernel_size=3),  # 32 x 12 x 12
            nn.ReLU(),
            nn.MaxPool2d(2),  # 32 x 6 x 6
        )
        self.classifier = nn.Sequential(
            nn.Linear(32 * 6 * 6, 64),
            nn.ReLU(),
            nn.Linear(64, CLASS_COUNT),
        )

    def forward(self, input: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(input), 1))


def normalise(pixels: Tensor) -> Tensor:
    """Pixels in 0..1 to what the network reads."""
    return (pixels - MEAN) / STD


def shift_images(images: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """Move every image by up to `most` pixels in both directions."""
    count, _, height, width = images.shape
    padded = F.pad(images, (most, most, most, most))
    dy = torch.randint(0, 2 * most + 1, (count, 1, 1), generator=generator)
    dx = torch.randint(0, 2 * most + 1, (count, 1, 1), generator=generator)
    rows = dy + torch.arange(height).view(1, height, 1)
    columns = dx + torch.arange(width).view(1, 1, width)
    which = torch.arange(count).view(count, 1, 1)
    return padded[which, 0, rows, columns].unsqueeze(1)


def flip_images(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror every other image, by chance."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.view(-1, 1, 1, 1), images.flip(3), images)


def erase_squares(images: Tensor, chance: float, generator: torch.Generator) -> Tensor:
    """Paint a 10 x 10 square of the mean grey over some images."""
    side = 10
    count, _, height, width = images.shape
    top = torch.randint(0, height - side + 1, (count, 1, 1, 1), generator=generator)
    left = torch.randint(0, width - side + 1, (count, 1, 1, 1), generator=generator)
    hit = torch.rand(count, 1, 1, 1, generator=generator) < chance
    y = torch.arange(height).view(1, 1, height, 1)
    x = torch.arange(width).view(1, 1, 1, width)
    inside = (y >= top) & (y < top + side) & (x >= left) & (x < left + side)
    return torch.where(inside & hit, torch.tensor(MEAN), images)


def augment(images: Tensor, how: Hyperparameters, generator: torch.Generator) -> Tensor:
    """All augmentations that `how` asks for, on pixels in 0..1."""
    if how.shift:
        images = shift_images(images, how.shift, generator)
    if how.flip:
        images = flip_images(images, generator)
    if how.erase:
        images = erase_squares(images, how.erase, generator)
    return images


def mix(
    images: Tensor, targets: Tensor, alpha: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """mixup (Zhang et al. 2018): convex pairs of images and of targets."""
    # The ratio of two gamma draws is a Beta draw; torch's own Beta has no generator.
    gammas = torch._standard_gamma(torch.full((2,), alpha), generator=generator)
    share = (gammas[0] / gammas.sum()).item()
    order = torch.randperm(len(images), generator=generator)
    return (
        share * images + (1 - share) * images[order],
        share * targets + (1 - share) * targets[order],
    )


def smooth(labels: Tensor, smoothing: float) -> Tensor:
    """One-hot targets with label smoothing (Szegedy et al. 2016)."""
    one_hot = F.one_hot(labels, CLASS_COUNT).float()
    return one_hot * (1 - smoothing) + smoothing / CLASS_COUNT


def train(network: nn.Module, images: Tensor, labels: Tensor, how: Hyperparameters) -> nn.Module:
    """Train in place with AdamW at a constant rate and return the network.

    `images` is uint8 [n, 1, height, width], `labels` int64 [n].
    """
    generator = torch.Generator().manual_seed(how.seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=how.learningRate, weight_decay=how.weightDecay
    )
    network.train()
    for _ in range(how.epochs):
        order = torch.randperm(len(images), generator=generator)
        for batch in order.split(how.batchSize):
            pixels = augment(images[batch].float() / 255, how, generator)
            targets = smooth(labels[batch], how.labelSmoothing)
            if how.mixup:
                pixels, targets = mix(pixels, targets, how.mixup, generator)
            loss = F.cross_entropy(network(normalise(pixels)), targets)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return network.eval()


def be_deterministic() -> None:
    """The order of float additions must not depend on the number of cores."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def initialise(network_class: type[nn.Module], seed: int) -> nn.Module:
    """A fresh network whose first weights depend on `seed` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return network_class()
