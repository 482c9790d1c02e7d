# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the simulated plant remembers across its own restarts: `STATION/run/plant.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from inspector.errors import ConfigError
from inspector.ipc.rundir import write_private

FILE = "plant.json"


@dataclass(frozen=True, slots=True)
class PlantState:
    """The counters of the plant.

    Attributes:
        run: Digest of the run's secret: a new run of the station feeds its parts anew, a restarted plant goes on.
        plc_count: Count of the last edge; never reset.
        fed: Parts fed in this run.
        finished: Every part that was asked for has been fed and has left the belt.
    """

    run: str
    plc_count: int = 0
    fed: int = 0
    finished: bool = False

    def save(self, run_folder: Path) -> None:
        """Write it, whole or not at all."""
        write_private(run_folder / FILE, json.dumps(asdict(self)).encode())


def read_state(run_folder: Path) -> PlantState:
    """Counters of the plant; all zero before its first start.

    Args:
        run_folder: `STATION/run`.

    Raises:
        ConfigError: The file is broken: counting from 0 again would hide parts.
    """
    path = run_folder / FILE
    try:
        return PlantState(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return PlantState(run="")
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Remove it: the plant then counts from 1 again") from error


def for_run(found: PlantState, run: str) -> PlantState:
    """The counters to start with: the number of fed parts belongs to one run, the count to all."""
    return found if found.run == run else PlantState(run, found.plc_count)
