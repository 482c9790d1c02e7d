# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trained weights as an ONNX file whose bytes depend on the weights alone."""

from __future__ import annotations

import contextlib
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

from training.export.trained import open_weights

OPSET = 18
SMALL_TENSOR = 128  # elements; smaller constants (shapes, biases of small layers, scales) stay as they are


def to_onnx(weights: Path, folder: Path, *, imgsz: int, end_to_end: bool) -> tuple[Path, list[str]]:
    """Let ultralytics export weights.

    Args:
        weights: Trained checkpoint.
        folder: Empty folder to write to.
        imgsz: Edge of the square input in pixels.
        end_to_end: The head that needs no suppression instead of the usual one.

    Returns:
        The file, and the class names in the order of the network's outputs.

    Raises:
        ConfigError: They are no checkpoint of a detector.
    """
    # The exporter writes beside the weights: give it a copy, the caller's folder may be read-only.
    copy = folder / "model.pt"
    shutil.copyfile(weights, copy)
    # Where ultralytics may talk; and torch's advice to its exporter's authors is none for who exports.
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = open_weights(copy, folder / ".ultralytics")
        nms = False if end_to_end else None
        written = model.export(
            format="onnx", imgsz=imgsz, opset=OPSET, dynamic=False, simplify=True, nms=nms, device="cpu"
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


def store_full(model: Any) -> int:
    """Undo `store_half`: constants that are cast to float32 become float32. Returns how many.

    Args:
        model: `onnx.ModelProto`, changed in place.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    graph = model.graph
    halves = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT16}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in halves]
    for node in casts:
        tensor = halves[node.input[0]]
        values = numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(values, node.output[0]))
        graph.node.remove(node)
    return len(casts)
