# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passphrases of keys: from a file that a service manager provides, or from the person at the prompt."""

from __future__ import annotations

import getpass
from pathlib import Path

from inspector.errors import ConfigError


def read_secret(path: Path) -> str:
    """What a secret file holds, without white space around it.

    Raises:
        ConfigError: It cannot be read or is empty.
    """
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the secret {path} cannot be read: {error}", "Check the path and its mode") from error
    if not secret:
        raise ConfigError(f"the secret {path} is empty", "Write it there")
    return secret


def ask_passphrase(file: Path | None, what: str, *, new: bool = False) -> str:
    """The passphrase of a key.

    Args:
        file: Holds it; None asks.
        what: Which key, for the prompt.
        new: It is chosen now: asked for twice.

    Raises:
        ConfigError: The file cannot be read, or the two differ.
    """
    if file is not None:
        return read_secret(file)
    passphrase = getpass.getpass(f"{'New passphrase' if new else 'Passphrase'} of {what}: ")
    if new and getpass.getpass("The same again: ") != passphrase:
        raise ConfigError("the two passphrases differ", "Type it again")
    return passphrase
