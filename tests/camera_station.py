# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cameras for tests: our simulator with pictures of its own, and the producer that comes with genicam."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from inspector.camera.simulator import producer_path
from inspector.camera.simulator.control import SimulatorControl

SIZE = (120, 160)


def write_pictures(folder: Path, count: int = 6, shape: tuple[int, ...] = SIZE) -> list[np.ndarray]:
    """PGM or PPM files of noise; no two are equal."""
    folder.mkdir(parents=True, exist_ok=True)
    kind, suffix = ("P5", "pgm") if len(shape) == 2 else ("P6", "ppm")
    pictures = [np.random.default_rng(number).integers(20, 235, shape, np.uint8) for number in range(count)]
    for number, picture in enumerate(pictures):
        header = f"{kind}\n{shape[1]} {shape[0]}\n255\n".encode()
        (folder / f"{number:06d}-noise.{suffix}").write_bytes(header + picture.tobytes())
    return pictures


@contextmanager
def simulator(folder: Path, shape: tuple[int, ...] = SIZE) -> Iterator[tuple[list[np.ndarray], Path]]:
    """Environment for a simulated camera in this process: its pictures and its endpoint file."""
    endpoint = folder / "endpoint.json"
    pictures = write_pictures(folder / "images", shape=shape)
    values = {
        "INSPECTOR_SIMULATOR_IMAGES": str(folder / "images"),
        "INSPECTOR_SIMULATOR_ENDPOINT": str(endpoint),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    yield pictures, endpoint
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def viky() -> Path:
    """The producer inside the genicam wheel: another implementation than ours, without triggers and timestamps."""
    spec = importlib.util.find_spec("genicam")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "viky.cti"


__all__ = ["SIZE", "SimulatorControl", "producer_path", "simulator", "viky", "write_pictures"]
