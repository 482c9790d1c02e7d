# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trained weights, run by torch: what an exported network has to be equal to."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from inspector.detect.decode import FloatArray, Head
from inspector.detect.package import ModelInput
from inspector.errors import ConfigError
from inspector.part import ImageArray
from training.train.extra import isolate, require_extra

_WHITE = np.float32(255)
_NO_CHECKPOINT = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    EOFError,
    pickle.UnpicklingError,
)


def open_weights(weights: Path, config_dir: Path) -> Any:
    """The model of ultralytics in a checkpoint, offline, its settings in `config_dir`.

    Raises:
        ConfigError: The extra or the file is missing, or it is no checkpoint of a detector.
    """
    require_extra()
    if not weights.is_file():
        raise ConfigError(f"There are no weights {weights}", "Train first: inspector train --help")
    isolate(config_dir)
    import ultralytics

    make: Any = ultralytics.YOLO  # type: ignore[attr-defined]
    try:
        model = make(str(weights))
    except _NO_CHECKPOINT as error:
        raise ConfigError(f"{weights} holds no trained model", "Name weights.pt of `inspector train`") from error
    if model.task != "detect":
        raise ConfigError(f"{weights} is a model for {model.task}, not a detector", "Train one: inspector train --help")
    return model


class TrainedSession:
    """Weights as they were trained, in f32, nothing fused or folded; as a session of the station's detector.

    Args:
        weights: Trained checkpoint.
        size: The network's input; its border value.
        head: Which of the two heads to run.
        threads: Of torch, in this process.

    Raises:
        ConfigError: The extra or the file is missing, or it is no checkpoint of a detector.
    """

    def __init__(self, weights: Path, size: ModelInput, head: Head, threads: int) -> None:
        with tempfile.TemporaryDirectory(prefix="inspector-trained-") as folder:
            model = open_weights(weights, Path(folder))
        import torch

        torch.set_num_threads(threads)
        names: dict[int, str] = model.names
        self.classes = tuple(names[number] for number in range(len(names)))
        self._network: Any = model.model.float().eval()
        self._network.end2end = head is Head.END_TO_END
        self._canvas: ImageArray = np.full((size.height, size.width, 3), size.pad_value, dtype=np.uint8)
        self._planes: FloatArray = np.empty((1, 3, size.height, size.width), dtype=np.float32)
        self._version = str(torch.__version__)
        self._threads = threads
        self._output_shape = self.run().shape

    @property
    def canvas(self) -> ImageArray:
        """`(h, w, 3) uint8` BGR."""
        return self._canvas

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the model's one output."""
        return self._output_shape

    def run(self) -> FloatArray:
        """Run the network on the canvas."""
        import torch

        for plane, channel in enumerate((2, 1, 0)):  # BGR on the canvas, RGB planes for the network
            np.divide(self._canvas[:, :, channel], _WHITE, out=self._planes[0, plane])
        with torch.inference_mode():
            output = self._network(torch.from_numpy(self._planes))
        decoded = output[0] if isinstance(output, (tuple, list)) else output
        result: FloatArray = decoded.numpy()
        return result

    def describe(self) -> dict[str, str]:
        """Runtime, version, precision and threads."""
        return {"backend": "torch", "version": self._version, "precision": "f32", "threads": str(self._threads)}
