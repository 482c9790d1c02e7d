# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a training is asked to do, and what that means to the trainer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Size = Literal["n", "s", "m"]
Flips = Literal["none", "sideways", "both"]
MOST_EPOCHS = 300
"""So many at most where a number of minutes is what ends a training."""


class Settings(BaseModel):
    """What decides about the weights, together with the data and the weights to start from; part of `run.json`.

    Attributes:
        size: of the network, from scratch: nano, small or medium.
        epochs: passes over the training set, at most.
        minutes: ends after about this time, with validation; None: no limit.
        imgsz: edge of the square model input in pixels.
        batch: pictures per step.
        lr: initial learning rate of AdamW.
        seed: of weights, order, augmentation and of the choice of good parts.
        flips: mirror pictures at random; right only for parts without a natural "up".
        mosaic: probability of a collage of four pictures.
        good_share: share of pictures without a defect, at most, 0..1.
        balance: show pictures of rare classes several times.
        tile: edge of the tiles that large pictures are cut into, in pixels; None: whole pictures.
        overlap: by how much tiles overlap at least, in pixels.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    size: Size = "n"
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 12
    minutes: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    imgsz: Annotated[int, Field(ge=32, le=8192)] = 320
    batch: Annotated[int, Field(ge=1, le=4096)] = 8
    lr: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.001
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    flips: Flips = "none"
    mosaic: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    good_share: Annotated[float, Field(ge=0, le=0.9, allow_inf_nan=False)] = 0.1
    balance: bool = True
    tile: Annotated[int, Field(ge=64, le=8192)] | None = None
    overlap: Annotated[int, Field(ge=0, le=4096)] = 0


@dataclass(frozen=True)
class TrainSpec:
    """One training run.

    Attributes:
        data: folder of a dataset, or `data.yaml` of a YOLO dataset.
        out: folder that receives `weights.pt`, `run.json`, `trainer.log` and the trainer's own files.
        settings: see there.
        base: weights to start from, or None to start from random ones.
        device: `auto`, `cpu`, or numbers of GPUs: `0`, `0,1`.
        threads: CPU threads; None takes every core.
    """

    data: Path
    out: Path
    settings: Settings = field(default_factory=Settings)
    base: Path | None = None
    device: str = "auto"
    threads: int | None = None


def arguments(spec: TrainSpec, data: Path, work: Path, *, grey: bool, device: str, half: bool) -> dict[str, object]:
    """Return the arguments for `YOLO.train`, with the reason for each that is not a default.

    Args:
        spec: The run.
        data: `data.yaml` that the trainer reads.
        work: folder for its own files.
        grey: Every picture is grey.
        device: `cpu`, or numbers of GPUs.
        half: The GPU computes with bfloat16.
    """
    wanted = spec.settings
    several = "," in device
    return {
        "data": str(data),
        "project": str(work),
        "name": "run",
        "exist_ok": True,
        "epochs": wanted.epochs,
        # Its own limit of time leaves validation out of account and draws the schedule anew after every epoch.
        "time": wanted.minutes / 60 if several and wanted.minutes is not None else None,
        "imgsz": wanted.imgsz,
        "batch": wanted.batch,
        "nbs": wanted.batch,  # the default of 64 would step the optimizer only every eighth batch
        "optimizer": "AdamW",  # "auto" would override lr0
        "lr0": wanted.lr,
        "lrf": 0.05,
        "warmup_epochs": 0.5,  # the default of 3 is most of a short training
        "warmup_bias_lr": 0.0,  # the default of 0.1 is for SGD; AdamW would throw the biases of `base` about
        "mosaic": wanted.mosaic,  # a part always fills the frame: collages show what the camera never sees
        "close_mosaic": 0 if wanted.mosaic == 0 else 10,
        "erasing": 0.0,
        "scale": 0.2,
        "translate": 0.05,
        "hsv_h": 0.0,  # a colour that changed may be the defect
        "hsv_s": 0.0 if grey else 0.1,
        "hsv_v": 0.2,
        "fliplr": 0.0 if wanted.flips == "none" else 0.5,
        "flipud": 0.5 if wanted.flips == "both" else 0.0,
        "workers": 0 if device == "cpu" else 4,  # decoding is cached; on the CPU they would compete for the cores
        "cache": "ram",
        "device": device,
        "amp": "bf16" if half else False,  # the self-test of any other mixed precision downloads weights
        "plots": False,
        "seed": wanted.seed,
        "deterministic": True,
        "patience": 0,
        "verbose": True,
    }
