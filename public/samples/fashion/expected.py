"""Scores a sample kit with onnxruntime and numpy and writes `expected.json`.

    python expected.py [KIT_FOLDER]

Independent of the training code (no PyTorch) and of the lab. It reads
`kit.json`, scores every checkpoint, the uniform soup, the greedy soup (Wortsman
et al. 2022, Recipe 1) and the logit ensembles on every set, and hashes the
averaged tensors. Conventions:

* A mean is taken in float64: the sum in the order of the files (for the greedy
  soup, in the order chosen), divided by their number. `sha256` is the hash of
  that mean as little-endian bytes; `float32Sha256` (or `float16Sha256`) that of
  the mean rounded once to the type of the checkpoints.
* A prediction is the largest logit, the lowest class where several are equal.
* `loss` is the mean cross-entropy in float64.
* `closeCalls` counts the examples whose two largest logits are nearer than
  `closeCallMargin`; another build of onnxruntime may decide those otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import scipy
from onnx import numpy_helper
from scipy.stats import binomtest

BATCH = 500
FLOATS = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.FLOAT16: "float16"}
CLOSE_CALL_MARGIN = {"float32": 1e-4, "float16": 2e-2}

Tensors = dict[str, np.ndarray]


@dataclass(frozen=True)
class HeldOut:
    """One set as the network reads it: x [n, channels, height, width], y [n]."""

    name: str
    role: str
    x: np.ndarray
    y: np.ndarray


def read_set(folder: Path, entry: dict, preprocessing: dict) -> HeldOut:
    """value = (pixel * scale - mean) / std for each channel, in float32."""
    with np.load(folder / entry["file"]) as arrays:
        pixels, labels = arrays["x"], arrays["y"]
    if preprocessing["layout"] != "NCHW" or preprocessing["channels"] != 1:
        raise ValueError(f"{folder}: only one channel in NCHW is supported")
    mean = np.float32(preprocessing["mean"][0])
    std = np.float32(preprocessing["std"][0])
    values = (pixels[:, None].astype(np.float32) * np.float32(preprocessing["scale"]) - mean) / std
    return HeldOut(entry["name"], entry["role"], values, labels.astype(np.int64))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def float_tensors(model: onnx.ModelProto) -> Tensors:
    """The initializers that a soup averages, by name."""
    return {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.data_type in FLOATS
    }


def mean_tensors(ingredients: list[Tensors]) -> Tensors:
    """The float64 mean of each tensor, summed in the given order."""
    means = {}
    for name in ingredients[0]:
        total = np.zeros(ingredients[0][name].shape, np.float64)
        for tensors in ingredients:
            total += tensors[name]
        means[name] = total / len(ingredients)
    return means


def with_tensors(model: onnx.ModelProto, tensors: Tensors) -> onnx.ModelProto:
    """A copy of `model` whose float initializers are `tensors`, rounded to their type."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for tensor in copy.graph.initializer:
        if tensor.data_type in FLOATS:
            rounded = tensors[tensor.name].astype(FLOATS[tensor.data_type])
            tensor.CopyFrom(numpy_helper.from_array(rounded, tensor.name))
    return copy


def hashes(means: Tensors, stored: str) -> dict[str, dict[str, str]]:
    """The hash of every mean in float64 and in the type it is stored in."""
    return {
        name: {
            "sha256": sha256(mean.astype("<f8").tobytes()),
            f"{stored}Sha256": sha256(mean.astype(np.dtype(stored).newbyteorder("<")).tobytes()),
        }
        for name, mean in means.items()
    }


def run(model: onnx.ModelProto, held_out: HeldOut) -> np.ndarray:
    """Logits [n, classes] in float64, computed on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (reads,) = session.get_inputs()
    dtype = np.float16 if reads.type == "tensor(float16)" else np.float32
    parts = [
        session.run(["logits"], {reads.name: held_out.x[start : start + BATCH].astype(dtype)})[0]
        for start in range(0, len(held_out.x), BATCH)
    ]
    return np.concatenate(parts).astype(np.float64)


def score(logits: np.ndarray, labels: np.ndarray, margin: float) -> dict:
    """The facts about one set of logits."""
    largest = logits.max(axis=1)
    log_sum = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
    of_label = logits[np.arange(len(labels)), labels]
    second = np.partition(logits, -2, axis=1)[:, -2]
    return {
        "correct": int((logits.argmax(axis=1) == labels).sum()),
        "loss": float((log_sum - of_label).mean()),
        "closeCalls": int((largest - second < margin).sum()),
    }


class Kit:
    """A kit in memory, and the logits of whatever is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "kit.json").read_text(encoding="utf-8"))
        self.files = [entry["file"] for entry in self.manifest["checkpoints"]]
        self.models = {
            file: onnx.load(folder / file) for file in [*self.files, self.manifest["base"]]
        }
        self.tensors = {file: float_tensors(model) for file, model in self.models.items()}
        self.stored = str(next(iter(self.tensors[self.files[0]].values())).dtype)
        self.margin = CLOSE_CALL_MARGIN[self.stored]
        self.sets = [
            read_set(folder, entry, self.manifest["preprocessing"])
            for entry in self.manifest["sets"]
        ]
        self.select = next(held_out for held_out in self.sets if held_out.role == "select")
        self.report = next(held_out for held_out in self.sets if held_out.role == "report")

    def logits(self, model: onnx.ModelProto) -> dict[str, np.ndarray]:
        return {held_out.name: run(model, held_out) for held_out in self.sets}

    def scores(self, logits: dict[str, np.ndarray]) -> dict[str, dict]:
        return {
            held_out.name: score(logits[held_out.name], held_out.y, self.margin)
            for held_out in self.sets
        }

    def soup(self, files: list[str]) -> tuple[Tensors, onnx.ModelProto]:
        """The means of `files` and the model that carries them, rounded."""
        means = mean_tensors([self.tensors[file] for file in files])
        return means, with_tensors(self.models[files[0]], means)

    def cooked(self, files: list[str]) -> tuple[dict, dict[str, np.ndarray]]:
        """The entry of a soup of `files`, and its logits."""
        means, model = self.soup(files)
        logits = self.logits(model)
        return {"sets": self.scores(logits), "tensors": hashes(means, self.stored)}, logits


def greedy(kit: Kit, correct: dict[str, int]) -> dict:
    """Recipe 1: best first; keep a candidate iff select does not get worse."""
    order = sorted(kit.files, key=lambda file: -correct[file])  # stable: ties in given order
    chosen: list[str] = []
    steps = []
    best = -1
    for candidate in order:
        _, model = kit.soup([*chosen, candidate])
        found = score(run(model, kit.select), kit.select.y, kit.margin)["correct"]
        accepted = found >= best
        steps.append({"candidate": candidate, "accepted": accepted, "correct": found})
        if accepted:
            chosen.append(candidate)
            best = found
    return {"tieRule": ">=", "order": order, "steps": steps, "chosen": chosen}


def ensemble(kit: Kit, logits: list[dict[str, np.ndarray]]) -> dict[str, dict]:
    """The scores of the mean of the logits."""
    mean = {
        held_out.name: sum(each[held_out.name] for each in logits) / len(logits)
        for held_out in kit.sets
    }
    return kit.scores(mean)


def mcnemar(kit: Kit, soup: np.ndarray, single: np.ndarray, against: str) -> dict:
    """The exact two-sided test of the greedy soup against the best checkpoint."""
    right = soup.argmax(axis=1) == kit.report.y
    was_right = single.argmax(axis=1) == kit.report.y
    fixes = int((right & ~was_right).sum())
    breaks = int((was_right & ~right).sum())
    p = binomtest(fixes, fixes + breaks).pvalue if fixes + breaks else 1.0
    return {
        "set": kit.report.name,
        "against": against,
        "fixes": fixes,
        "breaks": breaks,
        "p": float(p),
    }


def expect(folder: Path) -> dict:
    """Everything that `expected.json` says about the kit in `folder`."""
    kit = Kit(folder)
    base = kit.manifest["base"]
    logits = {file: kit.logits(kit.models[file]) for file in kit.models}
    entries = {
        file: {
            "file": file,
            "sha256": sha256((folder / file).read_bytes()),
            "sets": kit.scores(logits[file]),
        }
        for file in kit.models
    }
    correct = {file: entries[file]["sets"][kit.select.name]["correct"] for file in kit.files}
    choice = greedy(kit, correct)
    uniform, _ = kit.cooked(kit.files)
    cooked, soup_logits = kit.cooked(choice["chosen"])
    best, report = choice["order"][0], kit.report.name
    return {
        "version": 1,
        "madeWith": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__,
            "scipy": scipy.__version__,
        },
        "closeCallMargin": kit.margin,
        "sets": {held_out.name: {"n": len(held_out.y)} for held_out in kit.sets},
        "checkpoints": [entries[file] for file in kit.files],
        "base": entries[base],
        "uniform": uniform,
        "greedy": choice | cooked,
        "ensemble": {
            "over": kit.files,
            "sets": ensemble(kit, [logits[file] for file in kit.files]),
        },
        "ensembleOfGreedy": {
            "over": choice["chosen"],
            "sets": ensemble(kit, [logits[file] for file in choice["chosen"]]),
        },
        "mcnemar": mcnemar(kit, soup_logits[report], logits[best][report], best),
    }


def write_expected(folder: Path) -> dict:
    """Write `expected.json` into the kit's folder and return what it says."""
    facts = expect(folder)
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")
    return facts


def print_table(facts: dict) -> None:
    """Accuracy in percent: a row for each checkpoint and soup, a column for each set."""
    rows = {entry["file"]: entry for entry in [facts["base"], *facts["checkpoints"]]}
    rows |= {name: facts[name] for name in ["uniform", "greedy", "ensemble", "ensembleOfGreedy"]}
    print(f"{'':18}" + "".join(f"{name:>10}" for name in facts["sets"]))
    for name, row in rows.items():
        cells = [100 * row["sets"][s]["correct"] / facts["sets"][s]["n"] for s in facts["sets"]]
        print(f"{name:18}" + "".join(f"{cell:10.2f}" for cell in cells))
    print("chosen:", *facts["greedy"]["chosen"])
    print("mcnemar:", facts["mcnemar"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kit", type=Path, nargs="?", default=Path(__file__).parent)
    print_table(write_expected(parser.parse_args().kit))


if __name__ == "__main__":
    main()
