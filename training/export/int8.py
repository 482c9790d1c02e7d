# SPDX-License-Identifier: AGPL-3.0-or-later
"""A model package in f32 becomes one in int8: static quantisation, calibrated on pictures of its own data."""

from __future__ import annotations

import contextlib
import logging
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from inspector.detect.letterbox import Letterbox
from inspector.detect.package import ModelInput, ModelPackage, WeightsKind, write_package
from inspector.errors import ConfigError
from inspector.part import ImageArray
from training.dataset.folder import DatasetFolder
from training.evaluation.pictures import stored_pictures
from training.export.ir_file import to_ir
from training.export.onnx_file import clean, store_full

_LAYER = re.compile(r"/model\.(\d+)/")
_INHERITED = ("weights_sha256", "run_sha256", "dataset_manifest_sha256")
_WHITE = np.float32(255)


@dataclass(frozen=True)
class Int8Spec:
    """One quantised package to write.

    Attributes:
        source: The package in f32, ONNX.
        out: Directory of the new one; it must not hold one yet.
        name: Name of the model. version: its version.
        kind: What the network is stored as.
        provenance: What the package says about its origin, beside the source's digest and the number of pictures.
    """

    source: ModelPackage
    out: Path
    name: str
    version: str
    kind: WeightsKind
    provenance: dict[str, str]


def calibration_of(folder: DatasetFolder, split: str, count: int) -> tuple[Iterator[ImageArray], dict[str, str]]:
    """Pictures of a dataset to calibrate on: always the same ones, as if drawn by lot.

    Args:
        folder: The dataset.
        split: `train` or `val`.
        count: At most so many.

    Returns:
        The pictures, and what the provenance says of them.

    Raises:
        DatasetRefused: It cannot be read; later, a picture is not the one that the manifest names.
        ConfigError: It has no pictures there.
    """
    # By hash: an order that has nothing to do with part, lot or time, and that is the same everywhere.
    images = sorted((one for one in folder.load().images if one.split == split), key=lambda one: one.sha256)[:count]
    if not images:
        raise ConfigError(f"{folder.path} has no pictures in {split}", "Divide it with `inspector dataset split`")
    provenance = {"calibration_manifest_sha256": folder.digest(), "calibration_split": split}
    return (picture.pixels for picture in stored_pictures(folder.path, images)), provenance


def quantise(spec: Int8Spec, pictures: Iterable[ImageArray]) -> ModelPackage:
    """Write the quantised package and load it back.

    Weights are rounded channel by channel, to 7 bits: processors without VNNI add products of 8 bits in 16, which
    overflows, and verdicts would depend on the processor. The detection head stays in f32: pixels and scores leave it
    in one tensor, and a common scale for both would round every score to 0.

    Args:
        spec: What to make of what.
        pictures: As the station would see them, `(h, w)` or `(h, w, 3) uint8` BGR.

    Raises:
        ConfigError: The source is no ONNX package in f32, its head is not found, or there are no pictures.
        ModelRefused: The directory already holds a package.
    """
    source = spec.source
    if source.manifest.weights.kind != "onnx" or source.manifest.precision != "f32":
        raise ConfigError(
            f"{source.path} is {source.manifest.weights.kind} in {source.manifest.precision}",
            "Name a package of kind onnx in f32: inspector export-model WEIGHTS --out PACKAGE",
        )
    with tempfile.TemporaryDirectory(prefix="inspector-int8-") as folder:
        full, quantised = Path(folder) / "f32.onnx", Path(folder) / "model.onnx"
        model = onnx.load_from_string(source.weight_bytes(".onnx"))
        store_full(model)
        full.write_bytes(model.SerializeToString(deterministic=True))
        reader = _Pictures(pictures, source.manifest.input, model.graph.input[0].name)
        with _quiet():
            quantize_static(
                full,
                quantised,
                reader,
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=_head(model, source),
                calibrate_method=CalibrationMethod.MinMax,
            )
        clean(quantised, half_storage=False)
        return _write(spec, quantised, reader.count)


def _write(spec: Int8Spec, quantised: Path, count: int) -> ModelPackage:
    known = spec.source.manifest
    inherited = {key: known.provenance[key] for key in _INHERITED if key in known.provenance}
    return write_package(
        spec.out,
        name=spec.name,
        version=spec.version,
        classes=known.classes,
        width=known.input.width,
        height=known.input.height,
        weights=quantised if spec.kind == "onnx" else to_ir(quantised, half_storage=False),
        kind=spec.kind,
        score_ppm=known.thresholds.score_ppm,
        iou_ppm=known.thresholds.iou_ppm,
        max_detections=known.thresholds.max_detections,
        pad_value=known.input.pad_value,
        precision="int8",
        provenance={
            **inherited,
            "f32_package": spec.source.digest,
            "calibration_pictures": str(count),
            **spec.provenance,
        },
    )


def _head(model: onnx.ModelProto, source: ModelPackage) -> list[str]:
    """Names of the last layer's nodes: what decodes boxes and scores."""
    numbers = {node.name: int(found.group(1)) for node in model.graph.node if (found := _LAYER.match(node.name))}
    if not numbers:
        raise ConfigError(
            f"{source.path}: the detection head is not found in the network",
            "Quantise packages that `inspector export-model` wrote",
        )
    last = max(numbers.values())
    return [name for name, number in numbers.items() if number == last]


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Gives pictures to the quantiser through the station's letterbox."""

    def __init__(self, pictures: Iterable[ImageArray], size: ModelInput, name: str) -> None:
        self._pictures = iter(pictures)
        self._canvas: ImageArray = np.empty((size.height, size.width, 3), dtype=np.uint8)
        self._letterbox = Letterbox(self._canvas, size.pad_value)
        self._name = name
        self.count = 0

    def get_next(self) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] | None:
        """The next picture, `float32 (1, 3, height, width)`, RGB, 0 to 1."""
        picture = next(self._pictures, None)
        if picture is None:
            return None
        self._letterbox.place(picture)
        self.count += 1
        planes = self._canvas[:, :, ::-1].transpose(2, 0, 1)[np.newaxis]
        return {self._name: np.ascontiguousarray(planes, dtype=np.float32) / _WHITE}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the quantiser's advice, which is about networks that were not exported for it."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
