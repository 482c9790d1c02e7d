# SPDX-License-Identifier: AGPL-3.0-or-later
"""A simulated station to try everything with: `inspector init --simulated`."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.ipc.rundir import write_private
from inspector.station_directory import SIMULATED_STOPS, NewStation, create_station

CREDENTIAL = "keys/passphrase"
STOPS_TO_TRY = {**SIMULATED_STOPS, "missing_images": 10, "late_parts": 20}
"""Who pulls the simulated camera's cable to see what happens shall see the line go on by itself, on any computer."""
CHALLENGE = """
# A shift begins with these test parts, which are among the parts on the simulated belt (docs/qa-engineer.md).
[challenge]
file = "recipes/challenge.toml"
"""


def create_simulated(directory: Path, new: NewStation, challenge: Path | None) -> None:
    """Make a station whose key is unlocked by a file beside it; it appears under its name when it is whole.

    Args:
        directory: Must not exist, or be empty.
        new: What goes in.
        challenge: Registered challenge parts; None: there are none.

    Raises:
        ConfigError: The directory has something in it, or cannot be made.
    """
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty", "Choose a new directory; a station is never overwritten")
    passphrase = secrets.token_urlsafe(24)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".inspector-", dir=directory.parent) as folder:
            made = Path(folder) / "station"
            create_station(made, replace(new, passphrase_file=CREDENTIAL, stops=STOPS_TO_TRY), passphrase)
            write_private(made / CREDENTIAL, passphrase.encode())
            if challenge is not None:
                _register(made, challenge)
            if directory.exists():
                directory.rmdir()
            made.rename(directory)
    except OSError as error:
        raise ConfigError(f"{directory} cannot be made: {error}", "Check the disk and the permissions") from error


def _register(station: Path, challenge: Path) -> None:
    shutil.copyfile(challenge, station / "recipes" / "challenge.toml")
    with (station / "station.toml").open("a", encoding="utf-8") as settings:
        settings.write(CHALLENGE)
    load_config(station)
