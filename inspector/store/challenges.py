# SPDX-License-Identifier: AGPL-3.0-or-later
"""Challenges in the records, and the list of what passed since the last one that was passed. Read-only."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inspector.durable import make_directory, sync_directory
from inspector.errors import StoreError
from inspector.store.read import RecordReader, StoredRecord

FOLDER = "challenge"
COLUMNS = (
    "record",
    "shift",
    "lot",
    "time_utc",
    "serial",
    "plc_count",
    "line_boot",
    "part_seq",
    "lane",
    "record_hash",
)


@dataclass(frozen=True, slots=True)
class RecordedChallenge:
    """A challenge as it was recorded.

    Attributes:
        start: Its challenge-start record.
        result: Its challenge record; None when it runs, or was broken off.
    """

    start: StoredRecord
    result: StoredRecord | None

    @property
    def passed(self) -> bool:
        """Whether it was passed."""
        return self.result is not None and self.result.fields.get("result") == "passed"


@dataclass(frozen=True, slots=True)
class PassedList:
    """A list of passed parts: its file name, SHA-256 and number of parts."""

    file: str
    sha256: str
    parts: int


def challenges(reader: RecordReader) -> Iterator[RecordedChallenge]:
    """All challenges, newest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One of them is damaged.
    """
    result: StoredRecord | None = None
    for record in reader.challenge_records():
        if record.kind == "challenge":
            result = record
            continue
        fits = result is not None and result.fields.get("start") == record.hash
        yield RecordedChallenge(record, result if fits else None)
        result = None


def export_passed(station: Path, last_seq: int) -> PassedList:
    """List every part with verdict PASS since the last passed challenge was started, as CSV in `STATION/challenge`.

    Args:
        station: Station directory.
        last_seq: Last record to look at.

    Raises:
        StoreError: The records cannot be read, or the file cannot be written.
        EvidenceError: A record is damaged.
    """
    folder = station / FOLDER
    name = f"passed-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.csv"
    try:
        make_directory(folder)
        with RecordReader(station) as reader:
            first = next((one.start.seq for one in challenges(reader) if one.passed), 1)
            digest, parts = _write(folder / name, reader, first, last_seq)
        sync_directory(folder)
    except OSError as error:
        raise StoreError(f"{folder / name} cannot be written: {error}", "Check the disk") from error
    return PassedList(name, digest, parts)


def _write(path: Path, reader: RecordReader, first: int, last: int) -> tuple[str, int]:
    digest, parts = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for row in _rows(reader, first, last):
            line = io.StringIO()
            csv.writer(line).writerow(row)
            data = line.getvalue().encode("utf-8")
            digest.update(data)
            stream.write(data)
            parts += 1
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest(), parts - 1


def _rows(reader: RecordReader, first: int, last: int) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    opened = reader.latest(1, kind="shift-open", before_seq=first)
    lot = str(opened[0].fields["lot"]) if opened else ""
    for record in reader.parts_and_openings(first, last):
        fields = record.fields
        if record.kind == "shift-open":
            lot = str(fields["lot"])
        elif fields["verdict"] == "PASS" and fields["purpose"] == "production":
            yield _row(reader, record, fields, lot)


def _row(reader: RecordReader, record: StoredRecord, fields: dict[str, object], lot: str) -> tuple[object, ...]:
    key, serial = fields["key"], fields["serial"]
    boot, number = (str(key["line_boot"]), int(key["part_seq"])) if isinstance(key, dict) else ("", 0)
    outcome = reader.outcome(boot, number)
    lane = "unknown" if outcome is None else outcome.fields["confirmed"]
    time = datetime.fromtimestamp(int(str(fields["t_us"])) / 1e6, UTC).isoformat(timespec="milliseconds")
    text = serial["text"] if isinstance(serial, dict) else ""
    return (record.seq, record.shift, lot, time, text, fields["plc_count"], boot, number, lane, record.hash)
