# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the capture process needs of a camera. Everything may block for the time of a device access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inspector.camera.features import FeatureFile, NodeMap
from inspector.part import ImageArray, PixelFormat


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What made an image.

    Attributes:
        vendor: Vendor as the device tells it.
        model: Model as the device tells it.
        serial: Serial number.
        firmware: Firmware or device version.
        producer_sha256: SHA-256 of the GenTL producer's file, hex.
        simulated: True for our own simulated camera.
    """

    vendor: str
    model: str
    serial: str
    firmware: str
    producer_sha256: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """Size and layout of the frames that the settings ask for.

    Attributes:
        width: Columns.
        height: Rows.
        pixel_format: One of the formats that the station judges.
    """

    width: int
    height: int
    pixel_format: PixelFormat

    @property
    def image_bytes(self) -> int:
        """Bytes of one image without padding."""
        return self.width * self.height * self.pixel_format.channels


@dataclass(frozen=True, slots=True)
class Grabbed:
    """One delivered buffer, without its pixels.

    Attributes:
        frame_id: As the transport layer counts it; may wrap around.
        t_camera_ns: The camera's timestamp, 0 if it has none.
        t_host_ns: When it was fetched (`perf_counter_ns`).
        width: Columns.
        height: Rows.
        pixel_format: Name in the Pixel Format Naming Convention.
        complete: False when a part of the image did not arrive.
        edges: Count of edges on the trigger line at the exposure, None when the frame carries none (chunk data).
    """

    frame_id: int
    t_camera_ns: int
    t_host_ns: int
    width: int
    height: int
    pixel_format: str
    complete: bool
    edges: int | None = None


Sink = Callable[[Grabbed, ImageArray | None], None]
"""Takes a frame while its buffer is borrowed: `(h, w)` or `(h, w, 3)` uint8, possibly with padded rows, or None when
the buffer is incomplete or not an image. The array must not be used after the call: it belongs to the transport
layer, which then overwrites it."""


class Camera(Protocol):
    """One camera. After a failure only `close` may be called, and has to be: a new object opens it again."""

    def open(self) -> DeviceIdentity:
        """Find the device and take it.

        Raises:
            CameraNotFound: No producer or no device that fits.
            CameraLost: It is there but cannot be opened.
        """
        ...

    def configure(self, features: FeatureFile) -> tuple[list[str], StreamFormat]:
        """Write the features in their order.

        Returns:
            Differences between what was asked for and what the camera took, for people; and the frames to expect.

        Raises:
            FeatureError: A feature is unknown, read-only, or did not take its value.
            PixelFormatRefused: The pixel format is not one that the station judges.
            CameraLost: The device does not answer.
        """
        ...

    def nodes(self) -> NodeMap:
        """The features of the open device."""
        ...

    def start(self) -> None:
        """Start the acquisition with empty buffers: no frame from before comes out.

        Raises:
            CameraLost: The device does not answer.
        """
        ...

    def clock_offset_ns(self) -> int | None:
        """Camera time of an exposure minus the time of the edge that triggers it (`perf_counter_ns`), measured.

        Returns:
            None when the camera's clock cannot be read, or only too slowly to be of use.

        Raises:
            CameraLost: It does not answer.
        """
        ...

    def trigger(self) -> None:
        """Take a picture now, for a camera whose TriggerSource is Software.

        Raises:
            CameraLost: The device does not answer.
            FeatureError: It has no TriggerSoftware, or does not wait for one.
        """
        ...

    def poll(self, sink: Sink) -> bool:
        """Hand one delivered frame to `sink`, without waiting; False when there is none.

        Raises:
            CameraLost: The transport layer reports a failure.
        """
        ...

    def check(self) -> int | None:
        """Ask the device for a sign of life, past all caches.

        Returns:
            Its count of those edges that trigger it, or None when it does not count them.

        Raises:
            CameraLost: It does not answer.
        """
        ...

    def underruns(self) -> int:
        """Frames that the transport layer had no buffer for, since the start."""
        ...

    def stop(self) -> None:
        """Stop the acquisition; what is in the buffers is dropped.

        Raises:
            CameraLost: The device does not answer.
        """
        ...

    def close(self) -> None:
        """Give the device back; never fails, and may be called twice."""
        ...


def padded_view(buffer: bytes, offset: int, shape: tuple[int, ...], padding: int) -> ImageArray | None:
    """A view on an image in a raw buffer, with `padding` unused bytes behind each row; None if it is too short."""
    row = int(np.prod(shape[1:]))
    if offset < 0 or padding < 0 or offset + shape[0] * (row + padding) - padding > len(buffer) or not row:
        return None
    strides = (row + padding, 1) if len(shape) == 2 else (row + padding, shape[2], 1)
    return np.ndarray(shape, np.uint8, buffer, offset, strides)
