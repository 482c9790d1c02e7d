# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads `station.toml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from inspector.config.base import explain, read_toml
from inspector.config.checks import check_tables
from inspector.config.document import Config
from inspector.errors import ConfigError


def load_config(station: Path) -> Config:
    """Read `station.toml` of a station directory.

    Raises:
        ConfigError: It is missing, broken, or has a key or value that is not allowed.
    """
    path = station / "station.toml"
    if not path.is_file():
        raise ConfigError(f"{station} is not a station directory", "Make one with `inspector init DIR`")
    document = read_toml(path, "station settings")
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/settings.md") from error
    check_tables(path, config)
    return config
