# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns trained weights into a model package: ONNX, computing in f32, optionally stored in f16."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.detect.package import ModelPackage, write_package
from inspector.errors import ConfigError
from training.train.extra import isolate, require_extra
from training.train.runfile import NAME as RUN_FILE
from training.train.runfile import read_beside

OPSET = 18
SMALL_TENSOR = 128  # elements; smaller constants (shapes, biases of small layers, scales) stay as they are


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


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex.

    Raises:
        ConfigError: if it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check the path") from error


def origin(weights: Path, imgsz: int | None) -> tuple[int, dict[str, str]]:
    """What `run.json` beside the weights says of them.

    Args:
        weights: trained checkpoint.
        imgsz: edge of the model input in pixels that was asked for; None: that of the training, or 320.

    Returns:
        The edge, and the provenance: hashes of `run.json` and of the dataset's manifest.

    Raises:
        ConfigError: the weights are not there or not those of `run.json`, or it has to be said for which edge.
    """
    if not weights.is_file():
        raise ConfigError(f"There are no weights {weights}", "Train first: inspector train --help")
    run = read_beside(weights, file_sha256(weights))
    if run is None:
        return imgsz or 320, {}
    if imgsz is None and run.settings.tile is not None:
        raise ConfigError(
            f"{weights} was trained on tiles of {run.settings.tile} px",
            "Name the longer edge of the station's pictures: --imgsz PX, so that defects have the size as trained",
        )
    provenance = {"run_sha256": file_sha256(weights.parent / RUN_FILE)}
    if run.data.kind == "dataset":
        provenance["dataset_manifest_sha256"] = run.data.sha256
    return imgsz or run.settings.imgsz, provenance


def export(spec: ExportSpec) -> ModelPackage:
    """Write the package and load it back.

    Raises:
        ConfigError: if the extra or the weights are missing.
        ModelRefused: if the directory already holds a package.
    """
    require_extra()
    if not spec.weights.is_file():
        raise ConfigError(f"There are no weights {spec.weights}", "Train first: inspector train --help")
    with tempfile.TemporaryDirectory(prefix="inspector-export-") as folder:
        with contextlib.redirect_stdout(sys.stderr):  # where ultralytics may talk
            onnx_path, classes = _to_onnx(spec, Path(folder))
        clean(onnx_path, half_storage=spec.half_storage)
        return write_package(
            spec.out,
            name=spec.name,
            version=spec.version,
            classes=classes,
            width=spec.imgsz,
            height=spec.imgsz,
            weights=onnx_path,
            kind="onnx",
            score_ppm=round(spec.score * 1_000_000),
            iou_ppm=round(spec.iou * 1_000_000),
            provenance={
                "weights_sha256": file_sha256(spec.weights),
                "storage": "f16" if spec.half_storage else "f32",
                **spec.provenance,
            },
        )


def _to_onnx(spec: ExportSpec, folder: Path) -> tuple[Path, list[str]]:
    isolate(folder / ".ultralytics")
    import ultralytics

    # The exporter writes beside the weights: give it a copy, the caller's folder may be read-only.
    copy = folder / "model.pt"
    shutil.copyfile(spec.weights, copy)
    model = ultralytics.YOLO(str(copy))
    nms = False if spec.end_to_end else None
    written = model.export(
        format="onnx", imgsz=spec.imgsz, opset=OPSET, dynamic=False, simplify=True, nms=nms, device="cpu"
    )
    names: dict[int, str] = model.names
    return Path(written), [names[i] for i in range(len(names))]


def clean(path: Path, *, half_storage: bool) -> None:
    """Rewrite an ONNX file so that the same weights give the same bytes, smaller if `half_storage`.

    The exporter notes the date, local paths and the names of its own files; none of that belongs into a
    released file.
    """
    import onnx

    model = onnx.load(str(path))
    del model.metadata_props[:]
    model.doc_string = ""
    model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    if half_storage:
        store_half(model)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def store_half(model: Any) -> int:
    """Store large float32 constants as float16, each behind a Cast back to float32.

    Runtimes fold the casts when they load the file, so that only the rounding of the weights (relative
    2^-11) differs. Returns how many tensors were changed. A constant that float16 cannot hold stays.

    Args:
        model: `onnx.ModelProto`, changed in place.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or int(np.prod(tensor.dims)) < SMALL_TENSOR:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_f16"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}_f16"], [name], f"{name}_to_f32", to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *graph.node]  # a constant must come before its users
    del graph.node[:]
    graph.node.extend(nodes)
    return len(casts)
