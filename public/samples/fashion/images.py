"""Fashion-MNIST (Zalando SE 2017, MIT licence) and the sets cut from it."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from scipy import ndimage

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"

CLASSES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]


def read_idx(path: Path) -> np.ndarray:
    """A gzipped IDX file of unsigned bytes as an array."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    rank = raw[3]
    dims = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(dims)


def read_split(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [n, 28, 28] and labels [n] of `train` or `t10k`, both uint8."""
    return (
        read_idx(folder / f"{name}-images-idx3-ubyte.gz"),
        read_idx(folder / f"{name}-labels-idx1-ubyte.gz"),
    )


def warp(image: np.ndarray, degrees: float, zoom: float, move: tuple[float, float]) -> np.ndarray:
    """Rotate and scale about the centre, then move by (down, right) pixels."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn / zoom
    centre = (np.array(image.shape) - 1) / 2
    offset = centre - matrix @ (centre + np.array(move))
    warped = ndimage.affine_transform(image.astype(np.float64), matrix, offset, order=1)
    return np.rint(warped).clip(0, 255).astype(np.uint8)


def rotated(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turned by 10 to 30 degrees, either way."""
    degrees = rng.uniform(10, 30, len(images)) * rng.choice([-1, 1], len(images))
    return np.stack([warp(i, d, 1, (0, 0)) for i, d in zip(images, degrees)])


def smaller(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Drawn at 70 to 90 % of the size and moved by up to 3 pixels."""
    zooms = rng.uniform(0.7, 0.9, len(images))
    moves = rng.uniform(-3, 3, (len(images), 2))
    return np.stack([warp(i, 0, z, tuple(m)) for i, z, m in zip(images, zooms, moves)])


def faint(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """At 25 to 60 % of the brightness."""
    shares = rng.uniform(0.25, 0.6, (len(images), 1, 1))
    return np.rint(images * shares).astype(np.uint8)
