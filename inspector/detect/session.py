# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a runtime must offer to the detector, and the choice of one by name."""

from __future__ import annotations

from typing import Literal, Protocol

from inspector.detect.decode import FloatArray
from inspector.detect.package import ModelPackage
from inspector.errors import ModelRefused
from inspector.part import ImageArray

Backend = Literal["openvino", "onnxruntime"]


class Session(Protocol):
    """One loaded model in one runtime; used by one thread."""

    @property
    def canvas(self) -> ImageArray:
        """`(h, w, 3) uint8` BGR; the caller writes the letterboxed image here, then calls `run`."""
        ...

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the model's one output."""
        ...

    def run(self) -> FloatArray:
        """Infer what is on the canvas.

        Returns:
            The output, `float32`; valid until the next call.

        Raises:
            InferenceFailed: The runtime failed on this image.
        """
        ...

    def describe(self) -> dict[str, str]:
        """Runtime, version, precision and threads in force, read back where the runtime tells them."""
        ...


def open_session(package: ModelPackage, backend: Backend, threads: int) -> Session:
    """Load the package's weights with a fixed number of threads; imports only this runtime's library.

    What is not quantised runs in f32.

    Raises:
        ModelRefused: The runtime is unknown or cannot load this model, or it computes in another precision than
            `model.json` says.
    """
    precision = package.manifest.precision
    if package.quantised != (precision == "int8"):
        quantised = "is" if package.quantised else "is not"
        raise ModelRefused(
            f"{package.path}: model.json says {precision}, and the network {quantised} quantised",
            "Export it again with inspector export-model, which says what it made",
        )
    # Imported here: each library costs some 100 ms and 50 MB, and a station uses one of them.
    if backend == "openvino":
        from inspector.detect.openvino_session import OpenVinoSession

        return OpenVinoSession(package, threads)
    if backend == "onnxruntime":
        from inspector.detect.onnx_session import OnnxSession

        return OnnxSession(package, threads)
    raise ModelRefused(f"there is no backend {backend!r}", "Use openvino or onnxruntime")
