# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inference with OpenVINO on the CPU; the only module of the station that imports it."""

from __future__ import annotations

import numpy as np
import openvino as ov  # type: ignore[import-untyped]

from inspector.detect.decode import FloatArray
from inspector.detect.package import ModelPackage
from inspector.detect.shapes import check_model
from inspector.errors import InferenceFailed, ModelRefused
from inspector.part import ImageArray

# Beside its own RuntimeError, names in a damaged file that are no text give a ValueError.
OPENVINO_ERRORS = (RuntimeError, ValueError)
"""What OpenVINO raises."""


class OpenVinoSession:
    """A model compiled for low latency: f32 unless quantised, fixed threads, the pixel arithmetic fused into the graph.

    Args:
        package: The package; ONNX or OpenVINO IR.
        threads: Number of inference threads.

    Raises:
        ModelRefused: OpenVINO cannot read the model, it does not fit the manifest, or f32 is not in force.
    """

    def __init__(self, package: ModelPackage, threads: int) -> None:
        size = package.manifest.input
        self._canvas: ImageArray = np.full((size.height, size.width, 3), size.pad_value, dtype=np.uint8)
        try:
            model = read_model(package)
            self._output_shape = check_model(package, _shapes(model.inputs), _shapes(model.outputs))
            compiled = compile_model(model, threads)
            self._request = compiled.create_infer_request()
            # Shares the canvas's memory: what the letterbox writes is what the network reads, without a copy.
            self._request.set_input_tensor(ov.Tensor(self._canvas[np.newaxis], shared_memory=True))
        except OPENVINO_ERRORS as error:
            raise ModelRefused(
                f"{package.path}: OpenVINO cannot load the model: {_last_line(error)}",
                "Export the model again, or try the backend onnxruntime",
            ) from error
        unquantised = str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())
        if unquantised != "f32":
            raise ModelRefused(
                f"OpenVINO runs in {unquantised} where f32 was asked for",
                "Use the backend onnxruntime on this machine",
            )
        self._description = {
            "backend": "openvino",
            "version": str(ov.get_version()),
            "device": str(ov.Core().get_property("CPU", "FULL_DEVICE_NAME")),
            "precision": package.manifest.precision,
            "threads": str(compiled.get_property("INFERENCE_NUM_THREADS")),
        }

    @property
    def canvas(self) -> ImageArray:
        """`(h, w, 3) uint8` BGR, the memory the network reads."""
        return self._canvas

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the model's one output."""
        return self._output_shape

    def run(self) -> FloatArray:
        """Infer what is on the canvas; the result is valid until the next call.

        Raises:
            InferenceFailed: OpenVINO failed on this image.
        """
        try:
            self._request.infer(share_outputs=True)
            output: FloatArray = self._request.get_output_tensor().data
        except OPENVINO_ERRORS as error:
            raise InferenceFailed(f"OpenVINO failed: {_last_line(error)}", "Restart the station") from error
        return output

    def describe(self) -> dict[str, str]:
        """Runtime, version, device, precision and threads as OpenVINO reports them."""
        return dict(self._description)


def read_model(package: ModelPackage) -> ov.Model:
    """The network of a verified package, ONNX or OpenVINO IR; raises what OpenVINO raises."""
    core = ov.Core()
    if package.manifest.weights.kind == "onnx":
        return core.read_model(package.weight_bytes(".onnx"), b"")
    return core.read_model(package.weight_bytes(".xml"), package.weight_bytes(".bin"))


def compile_model(model: ov.Model, threads: int) -> ov.CompiledModel:
    """Compile for low latency on the CPU, unquantised numbers as float32; raises what OpenVINO raises.

    Args:
        model: One picture in, any outputs.
        threads: Of inference.

    Returns:
        A model that takes `(1, h, w, 3) uint8` BGR and gives float32.
    """
    return ov.Core().compile_model(
        _with_pixels_in(model),
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": str(threads),
            # Left alone, OpenVINO takes bf16 on CPUs that have it: other scores on other machines. What is quantised
            # stays int8.
            "INFERENCE_PRECISION_HINT": "f32",
        },
    )


def _with_pixels_in(model: ov.Model) -> ov.Model:
    """Reordering and scaling of pixels run inside the graph."""
    steps = ov.preprocess.PrePostProcessor(model)
    image = steps.input()
    image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(
        ov.preprocess.ColorFormat.BGR
    )
    image.model().set_layout(ov.Layout("NCHW"))
    image.preprocess().convert_element_type(ov.Type.f32).convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
    for number in range(len(model.outputs)):
        steps.output(number).tensor().set_element_type(ov.Type.f32)
    return steps.build()


def _shapes(ports: list[ov.Output]) -> list[tuple[int, ...]]:
    return [
        tuple(-1 if dimension.is_dynamic else dimension.get_length() for dimension in port.get_partial_shape())
        for port in ports
    ]


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
