# SPDX-License-Identifier: AGPL-3.0-or-later
"""Camera settings, one TOML file per camera model (SFNC feature = value)."""

from __future__ import annotations

from pathlib import Path


def path(name: str) -> Path:
    """File of a camera model.

    Args:
        name: File name without `.toml`, for example "simulated".

    Raises:
        FileNotFoundError: There is no such file; the message lists those that are there.
    """
    folder = Path(__file__).parent
    file = folder / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(sorted(f.stem for f in folder.glob("*.toml")))
        raise FileNotFoundError(f"no camera settings {name!r}; there are: {known}")
    return file
