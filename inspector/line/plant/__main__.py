# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated plant: `python -m inspector.line.plant --station DIR`."""

from __future__ import annotations

import sys

from inspector.child import Child, run_child
from inspector.line.plant.camera_line import CameraLines
from inspector.line.plant.server import PlantServer, plant_settings


def run(child: Child) -> None:
    """Move parts until told to stop.

    Raises:
        ConfigError: There is no `[plant]`, or no pictures were prepared for it.
    """
    settings = plant_settings(child)
    camera = CameraLines([child.run.path / f"simulator-{camera.name}.json" for camera in child.config.cameras])
    try:
        server = PlantServer(child, settings, camera)
        try:
            while not child.stop.is_set():
                server.work()
        finally:
            server.close()
    finally:
        camera.close()


if __name__ == "__main__":
    sys.exit(run_child(run, "The simulated plant of an inspection station"))
