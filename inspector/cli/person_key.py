# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key files of people who sign: made and opened with a passphrase that is typed or stands in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from inspector.cli.passphrase import add_passphrase, new_passphrase, read_passphrase
from inspector.evidence.keys import SigningKey, create_key, load_key

MINIMUM_PASSPHRASE = 8
WHOSE = "the key"


def add_new_key(parser: argparse.ArgumentParser) -> None:
    """The options for a key pair to be made."""
    parser.add_argument("key", type=Path, metavar="KEY", help="new file of the private key; KEY.pub is beside it")
    add_passphrase(parser)


def add_key(parser: argparse.ArgumentParser) -> None:
    """The options for a key to sign with."""
    parser.add_argument("--key", type=Path, required=True, metavar="KEY", help="private key, see keygen")
    add_passphrase(parser)


def make_key(arguments: argparse.Namespace) -> tuple[SigningKey, Path]:
    """A new pair of keys, and the file of its public half.

    Raises:
        ConfigError: The passphrase cannot be read, is too short, or was not typed the same twice.
        EvidenceError: A file exists or cannot be written.
    """
    public = arguments.key.with_name(arguments.key.name + ".pub")
    passphrase = new_passphrase(arguments.passphrase_file, WHOSE, least=MINIMUM_PASSPHRASE)
    return create_key(arguments.key, passphrase, public), public


def open_key(arguments: argparse.Namespace) -> SigningKey:
    """The key to sign with.

    Raises:
        ConfigError: The passphrase cannot be read.
        EvidenceError: The file cannot be read, is no key, or the passphrase does not open it.
    """
    return load_key(arguments.key, read_passphrase(arguments.passphrase_file, WHOSE))
