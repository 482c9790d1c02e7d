# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a served log: the log, `server.toml`, the witnesses and the tokens of its stations."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from pydantic import Field, ValidationError

from inspector.config.base import Settings, explain, read_toml
from inspector.durable import write_durable
from inspector.errors import ConfigError, EvidenceError
from inspector.evidence.keys import parse_public_key
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import STATIONS, create_log, read_stations
from ledger_anchor.server.tokens import new_token
from ledger_anchor.web.fetch import http_client
from ledger_anchor.web.settings import ListenSettings
from ledger_anchor.witness.client import HttpCosigners

SETTINGS = "server.toml"


class ServerSettings(Settings):
    """`server.toml`.

    Attributes:
        witnesses: Policy (c2sp.org/tlog-policy) with the URL of each witness and the quorum that must have seen a
            checkpoint, relative to the folder; empty for none, which proves nothing against who runs the log.
        witness_ca_file: Certificates (PEM) that theirs have to lead to; empty takes those of the system.
        listen: Where the log answers.
    """

    witnesses: str = ""
    witness_ca_file: str = ""
    listen: ListenSettings = Field(default_factory=ListenSettings)


def create_served_log(folder: Path, origin: str) -> None:
    """Make an empty log that no station may write to yet.

    Raises:
        EvidenceError: The origin cannot be a key name.
        LedgerUnreachable: The folder is not empty or cannot be written.
        ConfigError: The settings cannot be written.
    """
    create_log(folder, origin, {})
    try:
        write_durable(folder / SETTINGS, b'witnesses = ""\n\n[listen]\nhost = "127.0.0.1"\nport = 0\n')
    except OSError as error:
        raise ConfigError(f"{folder / SETTINGS} cannot be written: {error.strerror}", "Check the folder") from error


def admit_station(folder: Path, station: str, public_key: str) -> str:
    """Let a station write, with the first key that it ever had; for a known one only the token is new.

    Args:
        folder: The served log.
        station: Name of the station.
        public_key: 64 hex digits, as in its keys/station.pub.

    Returns:
        Its token.

    Raises:
        ConfigError: It is known with another key, or a file cannot be written.
        EvidenceError: The key is malformed.
    """
    key, stations = parse_public_key(public_key), read_stations(folder / STATIONS)
    if stations.get(station, key) != key:
        raise ConfigError(
            f"{station} is known here with another key", "A log learns new keys from rotations only: rotate the key"
        )
    names = {name: known.hex() for name, known in {**stations, station: key}.items()}
    try:
        write_durable(folder / STATIONS, json.dumps(names, indent=2).encode() + b"\n")
    except OSError as error:
        raise ConfigError(f"{folder / STATIONS} cannot be written: {error.strerror}", "Check the folder") from error
    return new_token(folder, station)


def read_settings(folder: Path) -> ServerSettings:
    """Read `server.toml`.

    Raises:
        ConfigError: It is missing or broken.
    """
    try:
        return ServerSettings.model_validate(read_toml(folder / SETTINGS, "settings of the log server"))
    except ValidationError as error:
        raise ConfigError(f"{folder / SETTINGS}: {explain(error)}", "See docs/ledger.md") from error


def read_witnesses(path: Path) -> LogPolicy:
    """Read the policy of a log's witnesses.

    Raises:
        ConfigError: It is missing or broken, or its quorum cannot be met by witnesses that have a URL.
    """
    try:
        policy = parse_log_policy(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "It names the witnesses") from error
    except EvidenceError as error:
        raise ConfigError(f"{path}: {error.message}", "See c2sp.org/tlog-policy") from error
    if not policy.is_met([witness.name for witness in policy.witnesses if witness.url]):
        raise ConfigError(f"{path}: too few witnesses have a URL for the quorum", "Write it behind their keys")
    return policy


def open_served_log(folder: Path, settings: ServerSettings, undo: ExitStack) -> DirectoryLog:
    """Open the log with its witnesses; everything is closed by `undo`.

    Raises:
        ConfigError: The policy or the certificates are no good.
        LedgerError: The log cannot be opened.
    """
    cosigners = None
    if settings.witnesses:
        policy = read_witnesses(folder / settings.witnesses)
        http = undo.enter_context(http_client(folder / settings.witness_ca_file if settings.witness_ca_file else None))
        cosigners = HttpCosigners(policy, http)
        undo.callback(cosigners.close)
    ledger = DirectoryLog(folder, cosigners)
    undo.callback(ledger.close)
    return ledger
