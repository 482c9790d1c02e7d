# SPDX-License-Identifier: AGPL-3.0-or-later
"""`run.json`: what a training was made from, how far it is, and what came out (docs/qa-engineer.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inspector.durable import write_durable
from inspector.errors import ConfigError, TrainingFailed
from inspector.strict_json import parse_document
from training.dataset.manifest import Sha256
from training.train.extra import Package
from training.train.spec import Settings

NAME = "run.json"
MAX_BYTES = 64 * 1024 * 1024
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Data(_Strict):
    """What was trained on.

    Attributes:
        kind: `dataset` (docs/dataset.md) or `yolo` (a data.yaml).
        sha256: of the dataset's manifest; of a `data.yaml`: over it, its pictures and labels.
        train, val: pictures, or tiles, of training and validation; None: not counted.
        good: those of training that show no defect.
        repeated: showings of the same pictures on top, for the balance of the classes.
    """

    kind: Literal["dataset", "yolo"]
    sha256: Sha256
    train: Count | None = None
    val: Count | None = None
    good: Count | None = None
    repeated: Count | None = None


class Epoch(_Strict):
    """One epoch: training loss, and the figures of the validation after it; seconds with the validation."""

    loss: Finite
    map50: Share
    map50_95: Share
    precision: Share
    recall: Share
    seconds: Seconds


class Run(_Strict):
    """The whole file.

    Attributes:
        state: `running`: killed, or still at work; `finished`: `weights.pt` is there.
        data: what was trained on. base_sha256: weights that it started from; None: random ones.
        settings: see there. device: where, in words. versions: of torch, torchvision, ultralytics.
        planned: epochs that the run is going to have.
        epochs: those that are done.
        best: number of the epoch that the weights are from, from 1; None: none is done.
        spent_s: seconds, also of the run before it was killed.
        weights_sha256: of `weights.pt`.
    """

    kind: Literal["inspector-training-run"] = "inspector-training-run"
    v: Literal[1] = 1
    state: Literal["running", "finished"]
    data: Data
    base_sha256: Sha256 | None = None
    settings: Settings
    device: Words
    versions: dict[Package, Words]
    planned: Annotated[int, Field(ge=1)]
    epochs: Annotated[tuple[Epoch, ...], Field(max_length=100_000)] = ()
    best: Annotated[int, Field(ge=1)] | None = None
    spent_s: Seconds = 0.0
    weights_sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.planned < len(self.epochs):
            raise ValueError(f"{len(self.epochs)} epochs of {self.planned}")
        if (self.best is None) != (not self.epochs) or (self.best or 0) > len(self.epochs):
            raise ValueError("best is no epoch that was done")
        if (self.weights_sha256 is not None) != (self.state == "finished") or (
            self.state == "finished" and not self.epochs
        ):
            raise ValueError("weights belong to a run that is finished, and to no other")
        return self

    def encode(self) -> bytes:
        """The bytes of the file."""
        plain = self.model_dump(mode="json", exclude_none=True)
        return json.dumps(plain, indent=1, sort_keys=True, allow_nan=False).encode("ascii") + b"\n"

    @classmethod
    def parse(cls, data: bytes, where: str) -> Run:
        """Read a file that anybody may have written.

        Raises:
            ConfigError: It is too large, no JSON, names something twice, or is no such file.
        """
        try:
            return parse_document(cls, data, MAX_BYTES)
        except ValueError as error:
            raise ConfigError(f"{where} is no file of a training: {error}", _ADVICE) from error


_ADVICE = "Train into a new folder; the file is not meant to be edited by hand"


def read(out: Path) -> Run:
    """The file in the folder of a run.

    Raises:
        ConfigError: It is not there, or it is damaged.
    """
    path = out / NAME
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{out} holds no training: {NAME} cannot be read: {error.strerror}",
            "Check --out, or leave --resume out",
        ) from error
    return Run.parse(data, str(path))


def write(out: Path, run: Run) -> None:
    """Put it there, whole or not at all.

    Raises:
        TrainingFailed: It cannot be written.
    """
    try:
        write_durable(out / NAME, run.encode())
    except OSError as error:
        raise TrainingFailed(f"{out / NAME} cannot be written: {error.strerror}", "Make room, then --resume") from error


def read_beside(weights: Path, digest: str) -> Run | None:
    """The file of the training that weights came from; None if there is none beside them.

    Args:
        weights: The checkpoint.
        digest: SHA-256 of it.

    Raises:
        ConfigError: The file is damaged, or belongs to other weights.
    """
    if not (weights.parent / NAME).exists():
        return None
    run = read(weights.parent)
    if run.weights_sha256 != digest:
        raise ConfigError(
            f"{weights} is not what {weights.parent / NAME} names",
            "Take the weights of that training, or move these elsewhere",
        )
    return run
