# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station directories that were shown here before, and where the simulated one is kept."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from PySide6.QtCore import QStandardPaths

log = logging.getLogger(__name__)

KEPT = 4
"""So many fit below each other, with large keys, on the smallest window."""


def stations_file() -> Path:
    """Where they are written down: in the user's folder of settings."""
    return _place(QStandardPaths.StandardLocation.AppConfigLocation) / "stations.json"


def simulated_folder() -> Path:
    """The simulated station's directory: in the user's folder of data."""
    return _place(QStandardPaths.StandardLocation.AppLocalDataLocation) / "simulated-station"


def is_station(folder: Path) -> bool:
    """Whether there are settings of a station in it."""
    return (folder / "station.toml").is_file()


def known_stations(file: Path) -> list[Path]:
    """Those that are still there, last used first. A file that cannot be read is told in the log, and is none."""
    try:
        names = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read: %s", file, error)
        return []
    folders = [Path(name) for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return [folder for folder in folders if is_station(folder)][:KEPT]


def remember(file: Path, station: Path) -> None:
    """Put a station first. What cannot be written is told in the log: the screens do not depend on it."""
    station = station.resolve()
    names = [str(station), *(str(one) for one in known_stations(file) if one != station)]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(names[:KEPT], indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        log.warning("%s cannot be written: %s", file, error)


def _place(kind: QStandardPaths.StandardLocation) -> Path:
    return Path(QStandardPaths.writableLocation(kind))
