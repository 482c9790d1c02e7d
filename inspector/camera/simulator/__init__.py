# SPDX-License-Identifier: Apache-2.0
"""A simulated GenICam camera: our own GenTL producer, which plays a folder of images (docs/simulator.md)."""

from __future__ import annotations

from pathlib import Path

from inspector.errors import DeviceError


def producer_path() -> Path:
    """Path of the compiled GenTL producer (`.cti`).

    Raises:
        DeviceError: When it has not been compiled.
    """
    path = Path(__file__).resolve().parent / "simcam.cti"
    if not path.is_file():
        raise DeviceError(
            f"the simulated camera is not compiled: {path} is missing",
            "Run `python -m inspector.camera.simulator.build`",
        )
    return path
