# SPDX-License-Identifier: AGPL-3.0-or-later
"""The `training` extra: whether it is there, kept offline, quiet, and on the device that there is."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from inspector.errors import ConfigError

Package = Literal["torch", "torchvision", "ultralytics"]
PACKAGES: tuple[Package, ...] = ("torch", "torchvision", "ultralytics")


@dataclass(frozen=True)
class Device:
    """Where a training runs: `cpu` or numbers of GPUs, in words, and whether it computes with bfloat16."""

    name: str
    words: str
    half: bool = False

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return "," in self.name


def require_extra(needed: Sequence[str] = ("torch", "ultralytics")) -> None:
    """Refuse clearly when the `training` extra is missing.

    Args:
        needed: The packages of it that are wanted.

    Raises:
        ConfigError: naming what is missing and how to install it.
    """
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"This needs {' and '.join(missing)}, which the station itself does not install",
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
        YOLO_VERBOSE="false",
        WANDB_MODE="disabled",
    )
    os.environ.setdefault("MPLBACKEND", "Agg")
    os.environ.setdefault("MPLCONFIGDIR", str(config_dir / "matplotlib"))


def load_ultralytics(config_dir: Path, threads: int | None) -> Any:
    """Import it, offline, with every core or `threads` of them."""
    isolate(config_dir)
    import torch
    import ultralytics
    import ultralytics.data.utils
    import ultralytics.utils.torch_utils

    count = threads or os.cpu_count() or 1
    # Its types do not say that these names are for others: they are not.
    data_utils: Any = ultralytics.data.utils
    torch_utils: Any = ultralytics.utils.torch_utils
    settings: Any = ultralytics.settings
    # ultralytics takes cpu_count - 1 threads, one on a machine with two cores, and overrides torch's own setting.
    torch_utils.NUM_THREADS = count
    torch.set_num_threads(count)
    # It fetches a font before it reads any dataset, only to draw plots that are switched off here.
    data_utils.check_font = lambda *_args, **_kwargs: None
    integrations = ("clearml", "comet", "dvc", "mlflow", "neptune", "raytune", "tensorboard", "wandb")
    switches = {name: False for name in ("sync", *integrations) if name in settings}
    settings.update(switches)
    return ultralytics


@contextlib.contextmanager
def chatter_in(path: Path) -> Iterator[None]:
    """Everything that ultralytics says goes to the end of a file instead of the screen."""
    logger = logging.getLogger("ultralytics")  # its bars, which it paints past the logger, go there, too
    before, level, upwards = list(logger.handlers), logger.level, logger.propagate
    stream = path.open("a", encoding="utf-8")
    file = logging.StreamHandler(stream)
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.handlers, logger.propagate = [file], False
    logger.setLevel(logging.INFO)
    try:
        with contextlib.redirect_stdout(stream):
            yield
    finally:
        logger.handlers, logger.propagate = before, upwards
        logger.setLevel(level)
        stream.close()


def choose_device(wanted: str, names: list[str], *, half: bool) -> Device:
    """Decide where to train.

    Args:
        wanted: `auto`, `cpu`, or numbers of GPUs.
        names: what the GPUs are called, by number.
        half: whether they compute with bfloat16.

    Raises:
        ConfigError: there is no such GPU, or several cannot work together.
    """
    if wanted == "cpu" or (wanted == "auto" and not names):
        return Device("cpu", "CPU, which was asked for" if wanted == "cpu" else "CPU, because torch finds no GPU here")
    numbers = [0] if wanted == "auto" else [int(text) for text in wanted.split(",")]
    missing = [number for number in numbers if number >= len(names)]
    if missing:
        there = ", ".join(f"{number} ({name})" for number, name in enumerate(names)) or "none"
        raise ConfigError(
            f"There is no GPU {missing[0]}; torch finds: {there}",
            "Leave --device out, or check the driver and that torch was built for this GPU",
        )
    if len(numbers) > 1 and importlib.util.find_spec("cloudpickle") is None:
        raise ConfigError(
            "Training on several GPUs needs cloudpickle, with which ultralytics starts its processes",
            "pip install cloudpickle, or name one GPU",
        )
    told = ", ".join(f"GPU {number} ({names[number]})" for number in numbers)
    if wanted == "auto" and len(names) > 1:
        told += f"; there are {len(names)}, --device {','.join(str(n) for n in range(len(names)))} takes all"
    return Device(",".join(str(number) for number in numbers), told, half)


def find_device(wanted: str) -> Device:
    """Decide where to train, by what torch finds. Raises as `choose_device`."""
    import torch

    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return choose_device(wanted, names, half=bool(names) and torch.cuda.is_bf16_supported())


def versions() -> dict[Package, str]:
    """Versions of what trains."""
    return {name: version(name) for name in PACKAGES}
