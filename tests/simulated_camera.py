# SPDX-License-Identifier: AGPL-3.0-or-later
"""A folder of known pictures and the simulated camera on it, for tests."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from genicam import gentl
from harvesters.core import Harvester, ImageAcquirer

from inspector.camera.simulator import build
from inspector.camera.simulator.control import SimulatorControl

HEIGHT, WIDTH = 48, 64


def compiled_producer() -> Path:
    """The producer of this source tree, compiled when anything changed."""
    assert build.main([]) == 0
    return build.producer_file()


def picture(number: int) -> npt.NDArray[np.uint8]:
    """`(48, 64, 3) uint8`: red counts columns, green counts rows, blue is the number of the picture."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([columns, rows, np.full_like(rows, number)], axis=2).astype(np.uint8)


def grey(number: int) -> npt.NDArray[np.uint8]:
    """`(48, 64) uint8`: a slope that starts at 10 times the number of the picture."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return (10 * number + rows + columns).astype(np.uint8)


def write_images(folder: Path, colour: bool = False, count: int = 4) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        image = picture(number) if colour else grey(number)
        kind, suffix = ("P6", "ppm") if colour else ("P5", "pgm")
        header = f"{kind}\n{WIDTH} {HEIGHT}\n255\n".encode()
        (folder / f"{number}.{suffix}").write_bytes(header + image.tobytes())
    return folder


@contextmanager
def harvester() -> Iterator[Harvester]:
    """A Harvester with the simulated producer loaded; leaves no thread, file or signal handler behind."""
    handler = signal.getsignal(signal.SIGINT)
    subject = Harvester()
    try:
        subject.add_file(str(compiled_producer()), check_existence=True, check_validity=True)
        subject.update()
        yield subject
    finally:
        subject.reset()
        signal.signal(signal.SIGINT, handler)


@contextmanager
def opened(subject: Harvester, camera: int = 0) -> Iterator[ImageAcquirer]:
    acquirer = subject.create({"serial_number": f"SIM-{camera:04d}"})
    try:
        yield acquirer
    finally:
        acquirer.destroy()


@contextmanager
def control(endpoint: Path) -> Iterator[SimulatorControl]:
    with SimulatorControl(endpoint, timeout_s=5.0) as client:
        yield client


def arm(acquirer: ImageAcquirer, source: str = "Line0", **features: object) -> None:
    """Wait for triggers on a source, with further features set before."""
    nodes = acquirer.remote_device.node_map
    for name, value in {"TriggerMode": "On", "TriggerSource": source, **features}.items():
        getattr(nodes, name).value = value
    acquirer.start()


class Shot:
    """What one frame was, copied out of the buffer."""

    def __init__(self, acquirer: ImageAcquirer, timeout_s: float = 5.0) -> None:
        with acquirer.fetch(timeout=timeout_s) as buffer:
            component = buffer.payload.components[0]
            channels = 3 if component.data_format == "RGB8" else 1
            shape = (component.height, component.width) + ((3,) if channels == 3 else ())
            self.pixels = component.data.reshape(shape).copy()
            self.pixel_format = str(component.data_format)
            self.frame_id = int(buffer.frame_id)
            self.t_camera_ns = int(buffer.timestamp_ns)


def no_frame(acquirer: ImageAcquirer, wait_s: float = 0.05) -> bool:
    """Whether nothing comes for a while."""
    with pytest.raises(gentl.TimeoutException):
        acquirer.fetch(timeout=wait_s)
    return True
