# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opens the ledgers that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config, EvmSettings, LedgerSettings, SharedLogSettings, SharedSettings
from inspector.errors import ConfigError, EvidenceError, InspectorError, LedgerInconsistent
from inspector.evidence.keys import parse_public_key, read_public_key
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.note import parse_vkey
from inspector.store.read import RecordReader, StoredRecord
from ledger_anchor.evm.extra import open_evm_ledger
from ledger_anchor.ledger import Ledger, Receipt
from ledger_anchor.log.directory import Cosigners, DirectoryLog
from ledger_anchor.log.files import create_log
from ledger_anchor.passphrase import read_secret
from ledger_anchor.server.client import HttpLog
from ledger_anchor.server.folder import read_witnesses
from ledger_anchor.timestamp.extra import open_tsa_ledger
from ledger_anchor.web.fetch import http_client
from ledger_anchor.witness.client import HttpCosigners


@dataclass(frozen=True)
class Backend:
    """A ledger of the settings, not open yet.

    Attributes:
        origin: Its name.
        open: Opens it with the station's records; the stack closes what it needs. Raises InspectorError.
    """

    origin: str
    open: Callable[[RecordReader, ExitStack], Ledger]


def backends(station: Path, config: Config) -> list[Backend]:
    """The ledgers of a station, its own first."""
    settings = config.ledger
    found = [Backend(settings.origin, _embedded(station, config))] if settings.kind == "directory" else []
    return [*found, *(Backend(shared.origin, _shared(station, shared)) for shared in settings.shared)]


def _shared(station: Path, settings: SharedSettings) -> Callable[[RecordReader, ExitStack], Ledger]:
    def opened(reader: RecordReader, undo: ExitStack) -> Ledger:
        if isinstance(settings, SharedLogSettings):
            ledger: Ledger = _open_log(station, settings)
        elif isinstance(settings, EvmSettings):
            ledger = open_evm_ledger(settings.beside(station))
        else:
            ledger = open_tsa_ledger(settings.beside(station))
        undo.callback(ledger.close)
        check_last(ledger, reader)
        return ledger

    return opened


def _embedded(station: Path, config: Config) -> Callable[[RecordReader, ExitStack], Ledger]:
    settings = config.ledger

    def opened(reader: RecordReader, undo: ExitStack) -> Ledger:
        public_key = read_public_key((station / config.key.file).with_suffix(".pub"))
        cosigners = _cosigners(station, settings, undo) if settings.witnesses else None
        name = config.station.name
        ledger = open_ledger(station / settings.path, settings.origin, name, public_key, reader, cosigners)
        undo.callback(ledger.close)
        return ledger

    return opened


def _cosigners(station: Path, settings: LedgerSettings, undo: ExitStack) -> HttpCosigners:
    policy = read_witnesses(station / settings.witnesses)
    http = undo.enter_context(http_client(station / settings.witness_ca_file if settings.witness_ca_file else None))
    cosigners = HttpCosigners(policy, http)
    undo.callback(cosigners.close)
    return cosigners


def _open_log(station: Path, settings: SharedLogSettings) -> HttpLog:
    try:
        key = parse_vkey(settings.key)
        policy = parse_log_policy((station / settings.witnesses).read_bytes()) if settings.witnesses else LogPolicy()
    except (OSError, EvidenceError) as error:
        raise ConfigError(f"the log {settings.origin} cannot be checked: {error}", "See [[ledger.shared]]") from error
    token = read_secret(station / settings.token_file)
    http = http_client(station / settings.ca_file if settings.ca_file else None)
    return HttpLog(settings.url, key, policy, token, http)


def check_last(ledger: Ledger, reader: RecordReader) -> None:
    """Whether a ledger still holds what its newest receipt is for.

    Raises:
        LedgerInconsistent: It does not.
        LedgerUnreachable: It does not answer.
    """
    last = reader.last_receipt(ledger.origin)
    receipt = None if last is None else _receipt_of(last)
    if receipt is not None:
        ledger.check(receipt)


def open_ledger(
    directory: Path,
    origin: str,
    station: str,
    public_key: bytes,
    reader: RecordReader,
    cosigners: Cosigners | None = None,
) -> DirectoryLog:
    """Open the embedded log of a station; it is made at the very first start only.

    Args:
        directory: The log.
        origin: Its name in the settings.
        station: Name of the station.
        public_key: Raw public key of the station, which a new log admits unless records say that there was an earlier
            one: the log follows the rotations itself.
        reader: The station's records.
        cosigners: Its witnesses, if it has any.

    Raises:
        LedgerInconsistent: The log is gone, is another one, or lacks what it has given receipts for.
        LedgerUnreachable: It cannot be read or written.
    """
    last = reader.last_receipt(origin)
    empty = not directory.exists() or not any(directory.iterdir())
    if empty and last is None:
        rotations = reader.rotations()
        first = parse_public_key(str(rotations[0].fields["old"])) if rotations else public_key
        create_log(directory, origin, {station: first})
    elif empty:
        raise LedgerInconsistent(
            f"The log {directory} is gone, but record {last.seq if last else 0} is a receipt of it",
            "Restore the folder from its copy; never let a new log take its place",
        )
    ledger = DirectoryLog(directory, cosigners)
    try:
        if ledger.origin != origin:
            raise LedgerInconsistent(f"The log {directory} is {ledger.origin}, not {origin}", "Check ledger.origin")
        check_last(ledger, reader)
    except InspectorError:
        ledger.close()
        raise
    return ledger


def _receipt_of(record: StoredRecord) -> Receipt | None:
    """What a receipt record says; None if it is malformed, which is for verification to tell."""
    named, index = record.fields["ledger"], record.fields["index"]
    if not isinstance(named, dict) or not isinstance(index, int):
        return None
    return Receipt(
        str(record.fields["seal"]), str(named["kind"]), str(named["origin"]), index, str(record.fields["proof"])
    )
