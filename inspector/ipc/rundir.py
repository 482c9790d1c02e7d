# SPDX-License-Identifier: AGPL-3.0-or-later
"""The `run/` folder of a station: the secret of this run and the endpoint of each process."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import time
from pathlib import Path

from inspector.errors import ChannelError

REPLACE_TRIES = 20
REPLACE_AGAIN_S = 0.02


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all.

    Raises:
        OSError: The disk is full, or the folder cannot be written; nothing is left behind then.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        _replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink(missing_ok=True)
        raise


def _replace(temporary: Path, path: Path) -> None:
    """Rename over a file; on Windows that is refused for the moment in which somebody reads the old one."""
    for _ in range(REPLACE_TRIES if sys.platform == "win32" else 0):
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(REPLACE_AGAIN_S)
        else:
            return
    temporary.replace(path)


class RunDirectory:
    """Paths under `STATION/run/` and what is in them.

    Args:
        station: The station directory.
    """

    def __init__(self, station: Path) -> None:
        self.station = station
        self.path = station / "run"

    def create_secret(self) -> None:
        """Make the folder and a fresh secret; the supervisor calls this once per run."""
        self.path.mkdir(parents=True, exist_ok=True)
        for stale in self.path.glob("*.endpoint.json"):
            stale.unlink()
        write_private(self.path / "secret", secrets.token_hex(32).encode())

    def remove_secret(self) -> None:
        """The run is over: who asks for the station is told so at once."""
        (self.path / "secret").unlink(missing_ok=True)

    def secret(self) -> bytes:
        """The secret of this run.

        Raises:
            ChannelError: No run is under way.
        """
        try:
            return (self.path / "secret").read_bytes()
        except FileNotFoundError:
            raise ChannelError(
                f"no station runs in {self.station}", "Start it with `inspector run --station DIR`"
            ) from None

    def publish(self, name: str, port: int) -> None:
        """Tell the other processes where `name` listens."""
        document = {"port": port, "pid": os.getpid()}
        write_private(self.path / f"{name}.endpoint.json", json.dumps(document).encode())

    def port_of(self, name: str) -> int | None:
        """The loopback port of `name`, or None while it does not listen."""
        try:
            port = json.loads((self.path / f"{name}.endpoint.json").read_bytes())["port"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return port if isinstance(port, int) and 0 < port < 65536 else None
