# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which token belongs to which station. The file holds hashes: who reads it cannot submit with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from pathlib import Path

from inspector.durable import write_durable
from inspector.errors import ConfigError

FILE = "tokens.json"
_HASH = re.compile("[0-9a-f]{64}")


def new_token(folder: Path, station: str) -> str:
    """Give a station a fresh token; one from before is not accepted any more.

    Returns:
        The token, which is not kept anywhere.

    Raises:
        ConfigError: The file is damaged or cannot be written.
    """
    token = secrets.token_urlsafe(32)
    hashes = {**read_tokens(folder), station: _hash(token)}
    try:
        write_durable(folder / FILE, json.dumps(hashes, indent=2, sort_keys=True).encode() + b"\n", mode=0o600)
    except OSError as error:
        raise ConfigError(f"{folder / FILE} cannot be written: {error.strerror}", "Check the folder") from error
    return token


def read_tokens(folder: Path) -> dict[str, str]:
    """Hash of the token by station; empty without a file.

    Raises:
        ConfigError: The file is damaged or cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        hashes: object = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "Restore it, or give new tokens") from error
    if not isinstance(hashes, dict) or not all(_HASH.fullmatch(str(value)) for value in hashes.values()):
        raise ConfigError(f"{path} is damaged", "Restore it, or give new tokens")
    return {str(station): str(value) for station, value in hashes.items()}


def station_of(tokens: dict[str, str], token: str) -> str | None:
    """The station of a token."""
    found, digest = None, _hash(token)
    for station, known in tokens.items():  # all of them: the time says nothing about which one fits
        if hmac.compare_digest(known, digest):
            found = station
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
