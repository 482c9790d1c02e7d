# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector simulate --unplug`: pulls the cable of a running simulated camera, to see what the station says."""

from __future__ import annotations

from pathlib import Path

from inspector.camera.simulator.control import SimulatorControl
from inspector.camera.simulator.errors import SimulatorError
from inspector.config import load_config
from inspector.errors import ChannelError, ConfigError

CAMERA = 0
"""Each camera process has simulated cameras of its own; the station takes the first."""


def unplug(station: Path, seconds: float) -> str:
    """Pull the cable of the first camera; it comes back by itself.

    Args:
        station: The directory of a station that runs.
        seconds: How long it is out.

    Returns:
        Name of the camera.

    Raises:
        ConfigError: The camera is a real one.
        ChannelError: It does not run.
    """
    camera = load_config(station).cameras[0]
    if camera.producer != "simulator":
        raise ConfigError(f"camera {camera.name} is a real one", "Pull its cable by hand")
    try:
        with SimulatorControl(station / "run" / f"simulator-{camera.name}.json") as control:
            control.fault(CAMERA, "device-lost", ms=round(seconds * 1000))
    except SimulatorError as error:
        raise ChannelError(f"camera {camera.name} does not run: {error}", "Start the station first") from error
    return camera.name
