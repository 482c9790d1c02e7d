# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passphrases of private keys: from a file, or typed; never an argument, where every program could read it."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from inspector.errors import ConfigError


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """The option for the file."""
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="passphrase; without it you are asked")


def read_passphrase(file: Path | None, whose: str) -> str:
    """The passphrase of a key.

    Args:
        file: Holds it, with white space around it; None asks.
        whose: Which key, for the prompt.

    Raises:
        ConfigError: The file cannot be read.
    """
    return _read(file) if file else getpass.getpass(f"Passphrase of {whose}: ")


def new_passphrase(file: Path | None, whose: str, *, least: int) -> str:
    """The passphrase that a new key gets; who types it does so twice.

    Args:
        file: See `read_passphrase`.
        whose: Which key, for the prompt.
        least: So many characters at least.

    Raises:
        ConfigError: The file cannot be read, the two differ, or it is too short.
    """
    passphrase = _read(file) if file else getpass.getpass(f"New passphrase of {whose}: ")
    if file is None and passphrase != getpass.getpass("The same again: "):
        raise ConfigError("the two passphrases differ", "Try again")
    if len(passphrase) < least:
        raise ConfigError(f"the passphrase has fewer than {least} characters", "Choose a longer one")
    return passphrase


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}", "Check the path") from error
