# SPDX-License-Identifier: Apache-2.0
"""A simulated GenICam camera: our own GenTL producer, which plays a folder of images (README.md).

The same files are the package `gentl_simulator` of a wheel of their own: nothing here imports the rest of the station.
"""

from __future__ import annotations

from pathlib import Path

from .control import SimulatorControl
from .errors import SimulatorError

__all__ = ["SimulatorControl", "SimulatorError", "producer_path"]


def producer_path() -> Path:
    """Path of the compiled GenTL producer (`.cti`).

    Raises:
        SimulatorError: When it has not been compiled.
    """
    path = Path(__file__).resolve().parent / "simcam.cti"
    if not path.is_file():
        raise SimulatorError(
            f"the simulated camera is not compiled: {path} is missing", f"Run `python -m {__name__}.build`"
        )
    return path
