# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small dataset of coloured cells, a network that finds them, keys of three people, and releases of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspector.detect.package import ModelPackage, write_package
from inspector.evidence.keys import create_key
from tests.dataset_samples import run
from tests.tiny_model import tiny_onnx

CLASSES = ("scratch", "dent", "stain")
EDGE = 64
PASSPHRASE = "long enough"
STRONG, WEAK = 250, 200
"""Levels of a coloured cell: scores 0.98 and 0.78."""
RULES = """format = "inspector-gate/1"
[misses]
max_upper = 0.3
[misses.each_class]
max_upper = 1
[false_rejects]
max_upper = 0.4
"""


def write_pictures(folder: Path, good: int, strong: int, weak: int) -> Path:
    """A YOLO dataset of parts for the test split; the order of classes goes round. Returns its data.yaml."""
    for name in ("images/test", "labels/test"):
        (folder / name).mkdir(parents=True)
    for number in range(good + strong + weak):
        random = np.random.default_rng(number)
        pixels = random.integers(0, 10, (EDGE, EDGE, 3), np.uint8)
        label = ""
        if number >= good:
            found = number % 3
            pixels[:32, :32, 2 - found] = STRONG if number < good + strong else WEAK
            label = f"{found} 0.25 0.25 0.5 0.5\n"
        done, data = cv2.imencode(".png", pixels)
        assert done
        (folder / "images" / "test" / f"p{number:03d}.png").write_bytes(data.tobytes())
        (folder / "labels" / "test" / f"p{number:03d}.txt").write_text(label)
    path = folder / "data.yaml"
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    path.write_text(f"test: images/test\nnames:\n{names}")
    return path


def write_dataset(folder: Path, good: int = 8, strong: int = 9, weak: int = 3, *, lock: bool = True) -> Path:
    """The dataset; `folder` must not exist."""
    source = write_pictures(folder.with_name(f"{folder.name}-yolo"), good, strong, weak)
    assert run("dataset", "import", "--yolo", source, "--dataset", folder, "--part-is-file", "--json") == 0
    if lock:
        assert run("dataset", "split", "--dataset", folder, "--lock", "--json") == 0
    return folder


def write_model(folder: Path, weights: bytes = b"trained", **provenance: str) -> ModelPackage:
    """The network as a package that says from which weights it was made; `folder.pt` are they."""
    file = folder.with_suffix(".onnx")
    file.write_bytes(tiny_onnx(EDGE, EDGE))
    folder.with_suffix(".pt").write_bytes(weights)
    return write_package(
        folder,
        name="cells",
        version="1",
        classes=CLASSES,
        width=EDGE,
        height=EDGE,
        weights=file,
        kind="onnx",
        score_ppm=600_000,
        iou_ppm=700_000,
        provenance={"weights_sha256": hashlib.sha256(weights).hexdigest()} | provenance,
    )


def write_recipe(path: Path, limit: float) -> Path:
    """One limit for all classes."""
    rules = "".join(f"[classes.{name}]\nmin_score = {limit}\n" for name in CLASSES)
    path.write_text(f'format = "inspector-recipe/1"\nname = "cells"\nversion = "{limit}"\n{rules}')
    return path


@dataclass(frozen=True)
class Bench:
    """A folder with all that a release takes.

    Attributes:
        folder: Where it lies.
    """

    folder: Path

    def propose(self, out: str = "release", **changes: Any) -> list[object]:
        """The words of a command; an option that is None is left out."""
        options: dict[str, Any] = {
            "dataset": self.folder / "dataset",
            "model": self.folder / "model",
            "recipe": self.folder / "keen.toml",
            "weights": self.folder / "model.pt",
            "against": f"{self.folder / 'model'}+{self.folder / 'dull.toml'}",
            "rules": self.folder / "gate.toml",
            "product": "main",
            "trainer": "Tom Trainer",
            "by": "Anna",
            "why": "finds faint defects",
            "key": self.folder / "anna.key",
            "passphrase-file": self.folder / "words",
            "out": self.folder / out,
            "threads": 1,
            "backend": "onnxruntime",  # loads in a tenth of the time
        } | {name.replace("_", "-"): value for name, value in changes.items()}
        words: list[object] = ["release", "propose"]
        for name, value in options.items():
            if value is True:
                words.append(f"--{name}")
            elif value is not None:
                words += [f"--{name}", value]
        return words

    def approve(self, out: str = "release", key: str = "ben", by: str = "Ben", *more: object) -> list[object]:
        """The words of the other command."""
        secret = ["--passphrase-file", self.folder / "words", "--key", self.folder / f"{key}.key"]
        return ["release", "approve", self.folder / out, *secret, "--by", by, "--why", "looked at it", *more]


def make_bench(folder: Path) -> Bench:
    """Dataset, model, a keen and a dull recipe, rules, and keys of Anna, Ben and Tom."""
    write_dataset(folder / "dataset")
    write_model(folder / "model")
    write_recipe(folder / "keen.toml", 0.7)
    write_recipe(folder / "dull.toml", 0.9)
    (folder / "gate.toml").write_text(RULES)
    (folder / "words").write_text(PASSPHRASE)
    for name in ("anna", "ben", "tom"):
        create_key(folder / f"{name}.key", PASSPHRASE, folder / f"{name}.key.pub")
    return Bench(folder)


def rewrite_json(path: Path, **changes: Any) -> None:
    """Change values at the top of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes, indent=1))
