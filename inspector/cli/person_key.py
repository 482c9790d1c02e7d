# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key files of people who sign: made and opened with a passphrase that is typed or stands in a file."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from inspector.errors import ConfigError
from inspector.evidence.keys import SigningKey, create_key, load_key

MINIMUM_PASSPHRASE = 8


def add_new_key(parser: argparse.ArgumentParser) -> None:
    """The options for a key pair to be made."""
    parser.add_argument("key", type=Path, metavar="KEY", help="new file of the private key; KEY.pub is beside it")
    _add_passphrase(parser)


def add_key(parser: argparse.ArgumentParser) -> None:
    """The options for a key to sign with; a passphrase is never an argument, where every program could read it."""
    parser.add_argument("--key", type=Path, required=True, metavar="KEY", help="private key, see keygen")
    _add_passphrase(parser)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="passphrase; without it you are asked")


def make_key(arguments: argparse.Namespace) -> tuple[SigningKey, Path]:
    """A new pair of keys, and the file of its public half.

    Raises:
        ConfigError: The passphrase cannot be read, is too short, or was not typed the same twice.
        EvidenceError: A file exists or cannot be written.
    """
    public = arguments.key.with_name(arguments.key.name + ".pub")
    return create_key(arguments.key, _passphrase(arguments.passphrase_file, new=True), public), public


def open_key(arguments: argparse.Namespace) -> SigningKey:
    """The key to sign with.

    Raises:
        ConfigError: The passphrase cannot be read.
        EvidenceError: The file cannot be read, is no key, or the passphrase does not open it.
    """
    return load_key(arguments.key, _passphrase(arguments.passphrase_file))


def _passphrase(file: Path | None, *, new: bool = False) -> str:
    if file is not None:
        try:
            passphrase = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}", "Check the path") from error
    else:
        passphrase = getpass.getpass("Passphrase of the key: ")
        if new and passphrase != getpass.getpass("The same again: "):
            raise ConfigError("the two passphrases differ", "Try again")
    if new and len(passphrase) < MINIMUM_PASSPHRASE:
        raise ConfigError(f"the passphrase has fewer than {MINIMUM_PASSPHRASE} characters", "Choose a longer one")
    return passphrase
