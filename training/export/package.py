# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns trained weights into a model package that computes in f32, optionally stored in f16."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from inspector.detect.package import ModelPackage, WeightsKind, write_package
from inspector.errors import ConfigError
from training.export.ir_file import to_ir
from training.export.onnx_file import clean, to_onnx
from training.export.origin import file_sha256
from training.train.extra import require_extra


@dataclass(frozen=True)
class ExportSpec:
    """One package to write.

    Attributes:
        weights: trained checkpoint (`.pt`) of ultralytics.
        out: directory of the package; it must not hold one yet.
        name: name of the model. version: its version.
        imgsz: edge of the square model input in pixels.
        score: lowest score that is ever reported, 0..1.
        iou: overlap above which the weaker of two boxes of one class is dropped, 0..1.
        half_storage: store large constants as float16; they are cast to float32 when loaded.
        end_to_end: export the head that needs no suppression instead of the usual one.
        provenance: what the package says about its origin.
        kind: what the network is stored as.
    """

    weights: Path
    out: Path
    name: str
    version: str
    imgsz: int
    score: float
    iou: float
    half_storage: bool
    end_to_end: bool
    provenance: dict[str, str]
    kind: WeightsKind = "onnx"


def export(spec: ExportSpec) -> ModelPackage:
    """Write the package and load it back.

    Raises:
        ConfigError: if the extra or the weights are missing, or the weights are none.
        ModelRefused: if the directory already holds a package.
    """
    require_extra()
    if not spec.weights.is_file():
        raise ConfigError(f"There are no weights {spec.weights}", "Train first: inspector train --help")
    with tempfile.TemporaryDirectory(prefix="inspector-export-") as folder:
        onnx_path, classes = to_onnx(spec.weights, Path(folder), imgsz=spec.imgsz, end_to_end=spec.end_to_end)
        is_onnx = spec.kind == "onnx"
        clean(onnx_path, half_storage=spec.half_storage and is_onnx)
        return write_package(
            spec.out,
            name=spec.name,
            version=spec.version,
            classes=classes,
            width=spec.imgsz,
            height=spec.imgsz,
            weights=onnx_path if is_onnx else to_ir(onnx_path, half_storage=spec.half_storage),
            kind=spec.kind,
            score_ppm=round(spec.score * 1_000_000),
            iou_ppm=round(spec.iou * 1_000_000),
            provenance={
                "weights_sha256": file_sha256(spec.weights),
                "storage": "f16" if spec.half_storage else "f32",
                **spec.provenance,
            },
        )
