"""Writing the files of a sample kit: ONNX models, `.npz` sets and JSON."""

from __future__ import annotations

import copy
import json
import logging
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

import images as data
import training


def export(network: nn.Module, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write `network` as one ONNX file by PyTorch's own exporter.

    Input `input` [batch, 1, 28, 28], output `logits` [batch, 10], any batch.
    The exporter notes the source lines of every node, and with them folders
    of the machine it ran on; those notes are left out.
    """
    example = torch.zeros(2, 1, 28, 28, dtype=dtype)
    batch = torch.export.Dim("batch")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.eval().to(dtype),
            (example,),
            dynamo=True,
            verbose=False,
            input_names=["input"],
            output_names=["logits"],
            dynamic_shapes=({0: batch},),
        )
    model = program.model_proto
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def as_tensors(pixels: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 images [n, 1, 28, 28] and int64 labels for training."""
    return torch.tensor(pixels).unsqueeze(1), torch.tensor(labels).long()


def write_checkpoints(
    folder: Path,
    network_class: type[nn.Module],
    examples: tuple[torch.Tensor, torch.Tensor],
    base: training.Hyperparameters,
    runs: list[tuple[str, training.Hyperparameters]],
) -> list[dict]:
    """Train and export the base and every run; return the manifest's checkpoints."""
    pretrained = training.train(training.initialise(network_class, base.seed), *examples, base)
    export(copy.deepcopy(pretrained), folder / "base.onnx")
    checkpoints = []
    for number, (note, how) in enumerate(runs, 1):
        file = f"run-{number}.onnx"
        print("training", file, note, flush=True)
        export(training.train(copy.deepcopy(pretrained), *examples, how), folder / file)
        checkpoints.append({"file": file, "note": note, "hyperparameters": asdict(how)})
    return checkpoints


def write_set(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """An `.npz` with `x` uint8 [n, height, width] and `y` uint8 [n]."""
    np.savez_compressed(path, x=images, y=labels)


def write_json(path: Path, value: Any) -> None:
    """JSON with two spaces of indentation and a final newline."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def preprocessing() -> dict[str, Any]:
    """The manifest's words for `training.normalise`."""
    return {
        "width": 28,
        "height": 28,
        "channels": 1,
        "layout": "NCHW",
        "scale": 1 / 255,
        "mean": [training.MEAN],
        "std": [training.STD],
        "resize": "none",
    }


def manifest(
    title: str, about: str, licence: str, checkpoints: list[dict], sets: list[dict]
) -> dict[str, Any]:
    """The whole of `kit.json`; paths are relative to it."""
    return {
        "version": 1,
        "title": title,
        "about": about,
        "licence": licence,
        "checkpoints": checkpoints,
        "base": "base.onnx",
        "sets": sets,
        "preprocessing": preprocessing(),
        "classes": data.CLASSES,
    }
