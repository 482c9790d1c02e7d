# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the exports share: the station and its keys, and where a file goes."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.watched import add_watched
from inspector.config import load_config
from inspector.durable import write_durable
from inspector.errors import ChannelError, ConfigError, FormatInvalid, ShiftError
from inspector.evidence.keys import parse_public_key
from inspector.evidence.note import parse_vkey
from inspector.ipc import RunDirectory

TELL_WITHIN_S = 2.0
LONGEST = 200


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options of every export."""
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument("--ledger", type=Path, metavar="DIR", help="folder of the log, if the settings do not tell it")
    add_json(parser)
    add_watched(parser)


def station_key(arguments: argparse.Namespace) -> bytes:
    """The station's raw public key, 32 bytes.

    Raises:
        ConfigError: It is missing or malformed.
    """
    path = arguments.station / "keys" / "station.pub"
    try:
        return parse_public_key(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(f"{path} cannot be used: {error}", "Is it a station directory? See `--station`") from error


def log_keys(arguments: argparse.Namespace) -> list[str]:
    """Verifier key line of the station's log, if it has one."""
    folder = arguments.ledger
    if folder is None and (arguments.station / "station.toml").is_file():
        folder = arguments.station / load_config(arguments.station).ledger.path
    path = (folder or arguments.station / "ledger") / "log.vkey"
    try:
        return [parse_vkey(path.read_text(encoding="utf-8")).vkey()]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(f"{path} cannot be used: {error}", "Run `inspector verify`") from error


def tell_station(station: Path, what: str, about: str, file: Path, *, watched: bool = False) -> int | None:
    """Let the running station record that evidence was taken out; number of the record, None when no station runs.

    Args:
        station: Station directory, or a copy of it.
        what: Kind of file, as the record calls it.
        about: What it covers.
        file: The file that was written.
        watched: The api has started this, and tells the station itself, with who asked for it.

    Raises:
        ConfigError: The file cannot be read again.
    """
    if watched or not (RunDirectory(station).path / "secret").is_file():
        return None
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = file.stat().st_size
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", "Export it again") from error
    try:
        with StationControl(station, TELL_WITHIN_S) as control:
            told = control.request("export-made", what=what, about=about[:LONGEST], sha256=digest, size=size)
    except (ChannelError, ShiftError):
        return None
    return int(told["seq"])


def say_recorded(record: int | None, output: Output) -> None:
    """Whether the station has a record of it."""
    if record is None:
        output.say("Not recorded: no station runs there. Its records cannot say that this file was taken out.")
    else:
        output.say(f"Recorded by the station (record {record}).")


def write_file(path: Path, data: bytes) -> str:
    """Write a file whole or not at all; returns its SHA-256, 64 hex digits.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        write_durable(path.absolute(), data)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Choose another place with -o") from error
    return hashlib.sha256(data).hexdigest()
