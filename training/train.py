# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trains a YOLO detector with ultralytics, offline, with settings that work on a plain CPU.

torch and ultralytics are imported inside functions: everything else in the program, also the command line's
help, works without the `training` extra.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import math
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inspector.errors import ConfigError

ARCHITECTURE = "yolo26n.yaml"


@dataclass(frozen=True)
class TrainSpec:
    """One training run.

    Attributes:
        data: `data.yaml` of a YOLO dataset.
        out: folder that receives `weights.pt`, `results.csv` and the trainer's own files.
        epochs: passes over the training set.
        imgsz: edge of the square model input in pixels.
        minutes: stop after about this time instead of after `epochs`; None for no limit.
        base: weights to start from, or None to start from random ones.
        batch: images per step.
        lr: initial learning rate of AdamW.
        threads: CPU threads; None takes every core.
        seed: seed of weights, order and augmentation.
        flips: mirror and turn pictures upside down at random; right for parts without a natural "up".
    """

    data: Path
    out: Path
    epochs: int = 12
    imgsz: int = 320
    minutes: float | None = None
    base: Path | None = None
    batch: int = 8
    lr: float = 0.001
    threads: int | None = None
    seed: int = 0
    flips: bool = True


@dataclass(frozen=True)
class TrainResult:
    """What came out: the half-precision checkpoint, its SHA-256, and the last validation figures."""

    weights: Path
    sha256: str
    epochs: int
    map50: float
    map50_95: float
    first_loss: float
    last_loss: float


def require_extra() -> None:
    """Refuse clearly when the `training` extra is missing.

    Raises:
        ConfigError: naming what is missing and how to install it.
    """
    missing = [name for name in ("torch", "ultralytics") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"Training needs {' and '.join(missing)}, which the station itself does not install",
            'Install the extra: pip install "inspector-station[training]" (or `make training` in a checkout)',
        )


def isolate(config_dir: Path) -> None:
    """Keep ultralytics offline and its settings inside `config_dir`; call before its first import.

    No telemetry, no package installation, no download of fonts or weights, no upload of results. It reads all
    of this once, when it is imported: the first call in a process decides.
    """
    config_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        YOLO_OFFLINE="true",
        YOLO_AUTOINSTALL="false",
        YOLO_CONFIG_DIR=str(config_dir),
        WANDB_MODE="disabled",
    )
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("MPLCONFIGDIR", str(config_dir / "matplotlib"))


def _load_ultralytics(spec: TrainSpec) -> Any:
    isolate(spec.out / ".ultralytics")
    import torch
    import ultralytics
    import ultralytics.data.utils as data_utils
    import ultralytics.utils.torch_utils as torch_utils

    threads = spec.threads or os.cpu_count() or 1
    # ultralytics takes cpu_count - 1 threads, one on a machine with two cores, and overrides torch's own setting.
    torch_utils.NUM_THREADS = threads
    torch.set_num_threads(threads)
    # It fetches a font before it reads any dataset, only to draw plots that are switched off here.
    data_utils.check_font = lambda *_args, **_kwargs: None
    integrations = ("clearml", "comet", "dvc", "mlflow", "neptune", "raytune", "tensorboard", "wandb")
    switches = {name: False for name in ("sync", *integrations) if name in ultralytics.settings}
    ultralytics.settings.update(switches)
    return ultralytics


def settings_for(spec: TrainSpec) -> dict[str, object]:
    """Return the arguments for `YOLO.train`, with the reason for each that is not a default."""
    flip = 0.5 if spec.flips else 0.0
    return {
        "data": str(spec.data),
        "project": str(spec.out),
        "name": "run",
        "exist_ok": True,
        "epochs": spec.epochs,
        "time": None if spec.minutes is None else spec.minutes / 60,
        "imgsz": spec.imgsz,
        "batch": spec.batch,
        "nbs": spec.batch,  # the default of 64 would step the optimizer only every eighth batch
        "optimizer": "AdamW",  # "auto" would override lr0
        "lr0": spec.lr,
        "lrf": 0.05,
        "warmup_epochs": 0.5,  # the default of 3 is most of a short training
        "warmup_bias_lr": 0.0,  # the default of 0.1 is for SGD; AdamW would throw the biases of `base` about
        "mosaic": 0.0,  # a part always fills the frame: collages show what the camera never sees
        "erasing": 0.0,
        "scale": 0.2,
        "translate": 0.05,
        "hsv_h": 0.0,
        "hsv_s": 0.0,
        "hsv_v": 0.2,
        "fliplr": flip,
        "flipud": flip,
        "workers": 0,  # decoding is cached; worker processes would only compete for the cores
        "cache": "ram",
        "device": "cpu",
        "amp": False,  # its self-test downloads weights
        "plots": False,
        "seed": spec.seed,
        "deterministic": True,
        "patience": 0,
        "verbose": True,
    }


def train(spec: TrainSpec) -> TrainResult:
    """Train, and leave the best checkpoint (half precision, without optimizer) as `out/weights.pt`.

    Raises:
        ConfigError: if the extra, the dataset or the base weights are missing, or nothing was learned.
    """
    require_extra()
    # ultralytics talks on standard output, also while it is imported; ours belongs to the result.
    with contextlib.redirect_stdout(sys.stderr):
        return _train(spec)


def _train(spec: TrainSpec) -> TrainResult:
    for what, path in (("dataset", spec.data), ("base weights", spec.base)):
        if path is not None and not path.is_file():
            raise ConfigError(f"There is no {what} file {path}", "Check the path")
    ultralytics = _load_ultralytics(spec)
    model = ultralytics.YOLO(str(spec.base) if spec.base else ARCHITECTURE)
    losses: list[float] = []

    def remember_loss(trainer: Any) -> None:
        losses.append(float(sum(trainer.tloss.values())))

    def arrange_memory(trainer: Any) -> None:
        # Channels-last convolutions are about 1.5 times faster on CPUs; the weights are the same numbers.
        import torch

        trainer.model.to(memory_format=torch.channels_last)

    model.add_callback("on_pretrain_routine_end", arrange_memory)
    model.add_callback("on_train_epoch_end", remember_loss)
    metrics = model.train(**settings_for(spec))
    best = Path(model.trainer.best)
    if not best.is_file() or not losses or not all(math.isfinite(v) for v in losses):
        raise ConfigError(f"Training on {spec.data} gave no usable weights", "Read the trainer's output above")
    weights = spec.out / "weights.pt"
    _publish(best, weights)
    return TrainResult(
        weights=weights,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        epochs=len(losses),
        map50=float(metrics.box.map50),
        map50_95=float(metrics.box.map),
        first_loss=losses[0],
        last_loss=losses[-1],
    )


def _publish(checkpoint: Path, weights: Path) -> None:
    """Copy a checkpoint without the paths of this machine, which the trainer notes in it."""
    import torch

    content = torch.load(checkpoint, map_location="cpu", weights_only=False)  # written by this very process
    for notes in (content["train_args"], content["model"].args, vars(content["model"])):
        for key in ("data", "project", "save_dir", "model", "pretrained", "pt_path"):
            if isinstance(notes.get(key), str):
                notes[key] = Path(notes[key]).name
    content["git"] = None
    torch.save(content, weights)


def as_json(result: TrainResult) -> dict[str, object]:
    """Return the result as plain JSON values."""
    return {**asdict(result), "weights": str(result.weights)}
