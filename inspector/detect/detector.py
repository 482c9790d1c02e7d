# SPDX-License-Identifier: AGPL-3.0-or-later
"""The detector: one image in, detections out."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from inspector.detect.decode import Decoder
from inspector.detect.letterbox import Letterbox
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend, open_session
from inspector.errors import ModelRefused
from inspector.part import Detection, ImageArray

MAX_THREADS = 64


class FindsDefects(Protocol):
    """What judges a picture: a `Detector`, or what stands for one in a scenario."""

    def infer(self, image: ImageArray) -> tuple[Detection, ...]:
        """Detections in descending score; see `Detector.infer`."""
        ...


class Detector:
    """A model package, loaded and ready to judge images. Buffers are reused, so it serves one thread.

    Args:
        package: The verified package.
        backend: "openvino" or "onnxruntime".
        threads: Number of inference threads.

    Raises:
        ModelRefused: The runtime cannot load the package, or it does not fit its manifest.
    """

    def __init__(
        self,
        package: ModelPackage,
        backend: Backend = "openvino",
        threads: int = 2,
    ) -> None:
        if not 1 <= threads <= MAX_THREADS:
            raise ModelRefused(f"{threads} inference threads are not possible", f"Use 1 to {MAX_THREADS}")
        limits = package.manifest.thresholds
        self._package = package
        self._session = open_session(package, backend, threads)
        self._letterbox = Letterbox(self._session.canvas, package.manifest.input.pad_value)
        self._decoder = Decoder(
            self._session.output_shape,
            package.classes,
            score_ppm=limits.score_ppm,
            iou_ppm=limits.iou_ppm,
            max_detections=limits.max_detections,
        )

    def warm_up(self, runs: int = 3) -> None:
        """Infer grey images, so that the first part does not pay for the runtime's lazy set-up."""
        size = self._package.manifest.input
        image = np.full((size.height, size.width, 3), size.pad_value, dtype=np.uint8)
        for _ in range(runs):
            self.infer(image)

    def infer(self, image: ImageArray) -> tuple[Detection, ...]:
        """Find defects.

        Args:
            image: `(h, w, 3) uint8` BGR, or `(h, w) uint8` grey (the same result as its BGR copy, faster).

        Returns:
            All detections above the model's floor, in descending score, in coordinates of `image`.

        Raises:
            InferenceFailed: The image cannot be judged, or the runtime or the network failed on it.
        """
        placement = self._letterbox.place(image)
        return self._decoder.decode(self._session.run(), placement)

    def describe(self) -> dict[str, str]:
        """What judged the part, for its record: model, head, runtime, version, precision, threads."""
        return {
            "model": self._package.name,
            "model_version": self._package.version,
            "model_digest": self._package.digest,
            "head": self._decoder.head.value,
            **self._session.describe(),
        }
