# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the layers of a detector's network say about each place of a picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov  # type: ignore[import-untyped]

from inspector.detect.letterbox import Letterbox, Placement
from inspector.detect.openvino_session import OPENVINO_ERRORS, compile_model, read_model
from inspector.detect.package import ModelPackage
from inspector.errors import InferenceFailed, ModelRefused
from inspector.part import ImageArray

FloatArray = npt.NDArray[np.float32]

STRIDES = (8, 16)
"""One place is so many px of the network's input wide, in each of the two layers that are compared."""
_NEIGHBOURS = 3  # places whose mean stands for the middle one: a pattern may be off by a few px (PatchCore)


class Network:
    """The first layers of a package's network. Buffers are reused, so it serves one thread.

    Args:
        package: The verified package.
        threads: Of inference.

    Raises:
        ModelRefused: OpenVINO cannot load it, or it has no layers of these strides.
    """

    def __init__(self, package: ModelPackage, threads: int) -> None:
        size = package.manifest.input
        self._canvas: ImageArray = np.full((size.height, size.width, 3), size.pad_value, dtype=np.uint8)
        self._letterbox = Letterbox(self._canvas, size.pad_value)
        try:
            self._request = compile_model(_first_layers(package), threads).create_infer_request()
            self._request.set_input_tensor(ov.Tensor(self._canvas[np.newaxis], shared_memory=True))
        except OPENVINO_ERRORS as error:
            raise ModelRefused(f"{package.path}: OpenVINO cannot load the model: {error}", "Export it again") from error

    def fit(self, image: ImageArray) -> ImageArray:
        """The picture scaled as the network sees it, without border; `(h, w)` or `(h, w, 3) uint8`."""
        placement = self._place(image)
        scaled = self._canvas[
            placement.top : placement.top + placement.height, placement.left : placement.left + placement.width
        ]
        return scaled[:, :, 0].copy() if image.ndim == 2 else scaled.copy()

    def look(self, image: ImageArray) -> FloatArray:
        """What the layers say, of each place whose middle lies in the picture.

        Args:
            image: `(h, w)` or `(h, w, 3) uint8`, blue first.

        Returns:
            `(rows, columns, channels) float32`.

        Raises:
            InferenceFailed: The picture cannot be judged, or the runtime failed on it.
        """
        placement = self._place(image)
        try:
            self._request.infer()
            layers = [self._request.get_output_tensor(number).data[0] for number in range(len(STRIDES))]
            fine, coarse = (np.ascontiguousarray(layer.transpose(1, 2, 0), np.float32) for layer in layers)
        except OPENVINO_ERRORS as error:
            raise InferenceFailed(f"OpenVINO failed: {error}", "Export the model again") from error
        high, wide = fine.shape[:2]
        joined = np.concatenate([_smooth(fine), _scaled(_smooth(coarse), high, wide)], axis=2)
        return joined[
            _inside(placement.top, placement.height, high), _inside(placement.left, placement.width, wide)
        ].copy()

    def _place(self, image: ImageArray) -> Placement:
        return self._letterbox.place(image)


def _inside(start: int, length: int, places: int) -> slice:
    """Places whose middle lies in the picture; one at least."""
    step = STRIDES[0]
    first = min(max(0, -((step // 2 - start) // step)), places - 1)
    last = max(first + 1, min(places, (start + length - step // 2 - 1) // step + 1))
    return slice(first, last)


def _smooth(layer: FloatArray) -> FloatArray:
    return np.asarray(cv2.blur(layer, (_NEIGHBOURS, _NEIGHBOURS)), np.float32).reshape(layer.shape)


def _scaled(layer: FloatArray, high: int, wide: int) -> FloatArray:
    """Brought to the places of the finer layer; OpenCV scales four channels at a time."""
    parts = [
        cv2.resize(np.ascontiguousarray(layer[:, :, at : at + 4]), (wide, high), interpolation=cv2.INTER_LINEAR)
        for at in range(0, layer.shape[2], 4)
    ]
    return np.concatenate([np.asarray(part, np.float32).reshape(high, wide, -1) for part in parts], axis=2)


def _first_layers(package: ModelPackage) -> ov.Model:
    """The network up to what goes into the first convolution that halves the picture, at each of the strides."""
    model = read_model(package)
    found: dict[int, ov.Output] = {}
    wide = package.manifest.input.width
    for layer in model.get_ordered_ops():
        if layer.get_type_name() != "Convolution":
            continue
        source = layer.input_value(0)
        before, after = (_width(port) for port in (source, layer.output(0)))
        if before and after and wide // after == 2 * (wide // before):
            found.setdefault(wide // before, source)
    if any(stride not in found for stride in STRIDES):
        raise ModelRefused(
            f"{package.path}: the network has no layers at {STRIDES[0]} and {STRIDES[1]} px",
            "Take a package made by inspector train",
        )
    results = [ov.opset8.result(found[stride]) for stride in STRIDES]
    return ov.Model(results, [model.inputs[0].get_node()], "first layers")


def _width(port: ov.Output) -> int:
    shape = port.get_partial_shape()
    return shape[3].get_length() if len(shape) == 4 and not shape[3].is_dynamic else 0
