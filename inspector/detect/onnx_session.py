# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inference with ONNX Runtime on the CPU; the only module that imports it."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors  # type: ignore[import-untyped]

from inspector.detect.decode import FloatArray
from inspector.detect.package import ModelPackage
from inspector.detect.shapes import check_model
from inspector.errors import InferenceFailed, ModelRefused
from inspector.part import ImageArray

# ONNX Runtime's errors share no base class of their own.
_ERRORS = (
    ort_errors.EPFail,
    ort_errors.EngineError,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    RuntimeError,
    ValueError,
)
_WHITE = np.float32(255)


class OnnxSession:
    """A model in ONNX Runtime: f32 unless quantised, fixed threads that do not spin, buffers bound once.

    Args:
        package: The package; its weights must be ONNX.
        threads: Number of inference threads.

    Raises:
        ModelRefused: The weights are not ONNX, cannot be read, or do not fit the manifest.
    """

    def __init__(self, package: ModelPackage, threads: int) -> None:
        if package.manifest.weights.kind != "onnx":
            raise ModelRefused(
                f"{package.path} holds an OpenVINO IR, which ONNX Runtime cannot load",
                "Use the backend openvino",
            )
        ort.disable_telemetry_events()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        # Spinning threads take the cores from the camera and the record writer between two parts.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        size = package.manifest.input
        try:
            self._session = ort.InferenceSession(
                package.weight_bytes(".onnx"),
                options,
                providers=["CPUExecutionProvider"],
                enable_fallback=False,  # there is nothing to fall back to, and it would print about it
            )
            inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
            self._output_shape = check_model(package, _shapes(inputs), _shapes(outputs))
            self._canvas: ImageArray = np.full((size.height, size.width, 3), size.pad_value, dtype=np.uint8)
            self._planes: FloatArray = np.empty((1, 3, size.height, size.width), dtype=np.float32)
            self._output: FloatArray = np.empty(self._output_shape, dtype=np.float32)
            self._binding = self._session.io_binding()
            self._binding.bind_cpu_input(inputs[0].name, self._planes)
            self._binding.bind_output(
                outputs[0].name, "cpu", 0, np.float32, list(self._output_shape), self._output.ctypes.data
            )
        except _ERRORS as error:
            raise ModelRefused(
                f"{package.path}: ONNX Runtime cannot load the model: {error}", "Export the model again"
            ) from error
        self._description = {
            "backend": "onnxruntime",
            "version": str(ort.__version__),
            "device": str(ort.get_device()),
            "precision": package.manifest.precision,
            "threads": str(self._session.get_session_options().intra_op_num_threads),
        }

    @property
    def canvas(self) -> ImageArray:
        """`(h, w, 3) uint8` BGR."""
        return self._canvas

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the model's one output."""
        return self._output_shape

    def run(self) -> FloatArray:
        """Infer what is on the canvas; the result is valid until the next call.

        Raises:
            InferenceFailed: ONNX Runtime failed on this image.
        """
        for plane, channel in enumerate((2, 1, 0)):  # BGR on the canvas, RGB planes for the network
            np.divide(self._canvas[:, :, channel], _WHITE, out=self._planes[0, plane])
        try:
            self._session.run_with_iobinding(self._binding)
        except _ERRORS as error:
            raise InferenceFailed(f"ONNX Runtime failed: {error}", "Restart the station") from error
        return self._output

    def describe(self) -> dict[str, str]:
        """Runtime, version, device, precision and threads."""
        return dict(self._description)


def _shapes(ports: list[ort.NodeArg]) -> list[tuple[int, ...]]:
    return [tuple(side if isinstance(side, int) else -1 for side in port.shape) for port in ports]
