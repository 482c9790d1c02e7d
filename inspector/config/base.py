# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all tables of settings share: strict, frozen, explained in one line."""

from __future__ import annotations

import hashlib
import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from inspector.errors import ConfigError

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


def _ip_address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


IpAddress = Annotated[str, AfterValidator(_ip_address)]


class Settings(BaseModel):
    """Base of all settings: frozen, and a key that nobody reads is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_toml(path: Path, what: str) -> dict[str, object]:
    """Read a TOML file.

    Args:
        path: The file.
        what: What it is, for the error: "station settings", "recipe".

    Raises:
        ConfigError: The file is missing, not UTF-8, over 1 MB, or not TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{what} {path} cannot be read: {error.strerror}", "Check the path") from error
    if len(data) > 1_000_000:
        raise ConfigError(f"{what} {path} is over 1 MB", "This is not a settings file")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{what} {path} is not valid TOML: {error}", "Mend the line that is named") from error


def explain(error: ValidationError) -> str:
    """The first complaint of pydantic in one line: which key, what is wrong."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "file"
    words = {"extra_forbidden": "there is no such setting", "missing": "it is missing"}
    return f"{where}: {words.get(first['type'], first['msg'])}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
