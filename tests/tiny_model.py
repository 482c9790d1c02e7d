# SPDX-License-Identifier: AGPL-3.0-or-later
"""A network small enough to reason about: it reports each 32 x 32 cell that is red, green or blue.

The score of a class is the mean of its colour channel over the cell, divided by 255, so what it must find in
a picture is known without training.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from inspector.detect.package import ModelPackage, write_package

CELL = 32
CLASSES = ("red", "green", "blue")

Variant = Literal["classic", "end-to-end", "nan", "dynamic", "two outputs"]


def tiny_onnx(width: int, height: int, variant: Variant = "classic") -> bytes:
    """The serialised network for an input of `width` x `height` px, both multiples of 32."""
    columns, rows = width // CELL, height // CELL
    count = columns * rows
    x, y = np.meshgrid(np.arange(columns) * CELL, np.arange(rows) * CELL)
    low = np.stack([x.ravel(), y.ravel()]).astype(np.float32)
    size = np.full((2, count), CELL, dtype=np.float32)
    nodes = [
        helper.make_node("AveragePool", ["images"], ["cells"], kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        helper.make_node("Reshape", ["cells", "shape"], ["scores"]),
    ]
    constants = {"shape": np.array([1, 3, count], dtype=np.int64)}
    if variant == "end-to-end":
        constants["boxes"] = np.concatenate([low, low + size]).T[np.newaxis]
        constants["axis"] = np.array([1], dtype=np.int64)
        constants["column"] = np.array([1, count, 1], dtype=np.int64)
        nodes += [
            helper.make_node("ReduceMax", ["scores", "axis"], ["best"], keepdims=1),
            helper.make_node("Reshape", ["best", "column"], ["score"]),
            helper.make_node("ArgMax", ["scores"], ["index"], axis=1, keepdims=1),
            helper.make_node("Reshape", ["index", "column"], ["index_column"]),
            helper.make_node("Cast", ["index_column"], ["class"], to=TensorProto.FLOAT),
            helper.make_node("Concat", ["boxes", "score", "class"], ["output0"], axis=2),
        ]
        shape = [1, count, 6]
    else:
        constants["boxes"] = np.concatenate([low + size / 2, size])[np.newaxis]
        score = "scores"
        if variant == "nan":
            constants["two"] = np.array([2], dtype=np.float32)
            nodes += [
                helper.make_node("Sub", ["scores", "two"], ["negative"]),
                helper.make_node("Log", ["negative"], ["logarithm"]),
            ]
            score = "logarithm"
        nodes.append(helper.make_node("Concat", ["boxes", score], ["output0"], axis=1))
        shape = [1, 7, count]
    batch: int | str = "batch" if variant == "dynamic" else 1
    outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)]
    if variant == "two outputs":
        outputs.append(helper.make_tensor_value_info("cells", TensorProto.FLOAT, [1, 3, rows, columns]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [batch, 3, height, width])],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def write_tiny_package(
    directory: Path,
    *,
    width: int = 320,
    height: int = 320,
    variant: Variant = "classic",
    classes: tuple[str, ...] = CLASSES,
    score_ppm: int = 600_000,
) -> ModelPackage:
    """Write the network as a model package to a new directory."""
    weights = directory.with_suffix(".onnx")
    weights.write_bytes(tiny_onnx(width, height, variant))
    return write_package(
        directory,
        name="tiny",
        version="1",
        classes=classes,
        width=width,
        height=height,
        weights=weights,
        kind="onnx",
        score_ppm=score_ppm,
        iou_ppm=700_000,
        provenance={"command": "tests/tiny_model.py"},
    )
