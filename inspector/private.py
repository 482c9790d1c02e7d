# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets in files: nobody but the owner may read them."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from inspector.errors import ConfigError


def check_private(path: Path) -> None:
    """Refuse a secret that others can read.

    Windows has no such mode: there the permissions of the station directory count (docs/integrator.md).

    Raises:
        ConfigError: The file is missing, or not the owner's alone.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check the path") from error
    if sys.platform == "win32":
        return
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or status.st_uid not in (0, os.getuid()):
        raise ConfigError(f"others can read or change {path}", f"Run `chmod 600 {path}` as its owner")
