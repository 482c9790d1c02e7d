# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a monitor: `monitor.toml` and what it has found."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from inspector.config.base import Settings, explain, read_toml
from inspector.errors import ConfigError, EvidenceError
from inspector.evidence.keys import parse_public_key
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.note import parse_vkey
from inspector.evidence.seal import parse_document
from inspector.store.read import RecordReader
from ledger_anchor.log.reader import LogReader, fetch_folder, fetch_url
from ledger_anchor.monitor.monitor import Monitor, StationSeal
from ledger_anchor.monitor.notify import Channel, Mail, MailSettings, Webhook, WebhookSettings
from ledger_anchor.monitor.state import MonitorState
from ledger_anchor.web.fetch import http_client

SETTINGS, STATE = "monitor.toml", "monitor.sqlite"


class MonitorSettings(Settings):
    """`monitor.toml`.

    Attributes:
        log: URL prefix of the log, or its folder, relative to this one.
        key: Its key as a verifier key line.
        witnesses: Policy (c2sp.org/tlog-policy) whose quorum has to have cosigned it, relative to the folder; empty
            asks for none.
        ca_file: Certificates (PEM) that the log's has to lead to; empty takes those of the system.
        stations: First public key of each station, 64 hex digits, by its name.
        compare: Station directories whose seals have to be in the log, by name of the station.
        late_after_min: A document has to be in the log within this time.
        look_every_s: So often `inspector ledger monitor` looks.
        webhook: Whom to tell.
        mail: Whom to tell.
    """

    log: str
    key: str
    witnesses: str = ""
    ca_file: str = ""
    stations: dict[str, str] = Field(default_factory=dict)
    compare: dict[str, str] = Field(default_factory=dict)
    late_after_min: Annotated[int, Field(ge=1, le=100_000)] = 60
    look_every_s: Annotated[int, Field(ge=1, le=86_400)] = 300
    webhook: WebhookSettings | None = None
    mail: MailSettings | None = None


@dataclass(frozen=True)
class MonitorFolder:
    """A folder that was read.

    Attributes:
        path: The folder.
        settings: `monitor.toml`.
        channels: Whom to tell.
    """

    path: Path
    settings: MonitorSettings
    channels: tuple[Channel, ...]

    def open(self, undo: ExitStack) -> tuple[Monitor, MonitorState]:
        """Open the log and the state; closed by `undo`.

        Raises:
            ConfigError: A key or policy is malformed.
            StoreError: The state cannot be opened.
        """
        settings = self.settings
        try:
            key = parse_vkey(settings.key)
            for public_key in settings.stations.values():
                parse_public_key(public_key)
            policy = LogPolicy()
            if settings.witnesses:
                policy = parse_log_policy((self.path / settings.witnesses).read_bytes())
        except (OSError, EvidenceError) as error:
            raise ConfigError(f"{self.path / SETTINGS}: {error}", "See docs/ledger.md") from error
        if settings.log.startswith(("https://", "http://")):
            http = undo.enter_context(http_client(self.path / settings.ca_file if settings.ca_file else None))
            source = fetch_url(http, settings.log)
        else:
            source = fetch_folder(self.path / settings.log)
        state = MonitorState(self.path / STATE)
        undo.callback(state.close)
        reader = LogReader(source, key)
        late_s = settings.late_after_min * 60
        return Monitor(reader, policy, settings.stations, late_s, state, lambda: int(time.time())), state

    def station_seals(self) -> dict[str, list[StationSeal]]:
        """The seals of the stations to compare with.

        Raises:
            StoreError: The records of one cannot be read.
        """
        found = {}
        for name, directory in self.settings.compare.items():
            with RecordReader(self.path / directory) as reader:
                seals = [reader.seal(shift.shift) for shift in reader.shifts()]
                found[name] = [_seal(one.data, one.digest) for one in seals if one is not None]
        return found


def _seal(data: bytes, digest: str) -> StationSeal:
    fields = parse_document(data)
    return StationSeal(int(str(fields["shift"])), digest, int(str(fields["t_us"])))


def read_monitor(path: Path) -> MonitorFolder:
    """Read a folder.

    Raises:
        ConfigError: Its settings are missing or broken, or a secret cannot be read.
    """
    try:
        settings = MonitorSettings.model_validate(read_toml(path / SETTINGS, "settings of the monitor"))
    except ValidationError as error:
        raise ConfigError(f"{path / SETTINGS}: {explain(error)}", "See docs/ledger.md") from error
    channels: list[Channel] = []
    if settings.webhook is not None:
        channels.append(Webhook(settings.webhook, path))
    if settings.mail is not None:
        channels.append(Mail(settings.mail, path))
    return MonitorFolder(path, settings, tuple(channels))
