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


def standing(reader: RecordReader, set_digest: str) -> tuple[RecordedChallenge | None, RecordedChallenge | None]:
    """How the challenges of one registered set stand.

    Args:
        reader: The records.
        set_digest: The set.

    Returns:
        The last one with this set that was passed, and the one that was not passed and has to be repeated: the newest
        of all, or the newest with this set; None where there is none.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One of them is damaged.
    """
    newest: RecordedChallenge | None = None
    own: RecordedChallenge | None = None
    passed: RecordedChallenge | None = None
    for one in challenges(reader):
        newest = newest or one
        if one.start.fields["set"] != set_digest:
            continue
        own = own or one
        if one.passed:
            passed = one
            break
    if newest is not None and not newest.passed:
        return passed, newest
    if own is not None and not own.passed and own.result is not None:
        return passed, own
    return passed, None


def export_passed(station: Path, last_seq: int) -> PassedList:
    """List every part with verdict PASS since the last passed challenge was started, as CSV in `STATION/challenge`.

    Challenges and parts under a recipe of another name than the one in force are left out: they are another product.

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
            product = _product_at(reader, last_seq + 1)
            ours = (one.start.seq for one in challenges(reader) if one.passed)
            first = next((seq for seq in ours if _product_at(reader, seq) == product), 1)
            digest, parts = _write(folder / name, reader, first, last_seq, product)
        sync_directory(folder)
    except OSError as error:
        raise StoreError(f"{folder / name} cannot be written: {error}", "Check the disk") from error
    return PassedList(name, digest, parts)


def _product_at(reader: RecordReader, seq: int) -> str:
    """Name of the recipe of the last shift that was opened before this record; empty when there was none."""
    opened = reader.latest(1, kind="shift-open", before_seq=seq)
    return _product_of(opened[0]) if opened else ""


def _product_of(opened: StoredRecord) -> str:
    recipe = opened.fields["recipe"]
    return str(recipe["name"]) if isinstance(recipe, dict) else ""


def _write(path: Path, reader: RecordReader, first: int, last: int, product: str) -> tuple[str, int]:
    digest, parts = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for row in _rows(reader, first, last, product):
            line = io.StringIO()
            csv.writer(line).writerow(row)
            data = line.getvalue().encode("utf-8")
            digest.update(data)
            stream.write(data)
            parts += 1
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest(), parts - 1


def _rows(reader: RecordReader, first: int, last: int, product: str) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    opened = reader.latest(1, kind="shift-open", before_seq=first)
    lot, made = (str(opened[0].fields["lot"]), _product_of(opened[0])) if opened else ("", product)
    for record in reader.parts_and_openings(first, last):
        fields = record.fields
        if record.kind == "shift-open":
            lot, made = str(fields["lot"]), _product_of(record)
        elif made == product and fields["verdict"] == "PASS" and fields["purpose"] == "production":
            yield _row(reader, record, fields, lot)


def _row(reader: RecordReader, record: StoredRecord, fields: dict[str, object], lot: str) -> tuple[object, ...]:
    key, serial = fields["key"], fields["serial"]
    boot, number = (str(key["line_boot"]), int(key["part_seq"])) if isinstance(key, dict) else ("", 0)
    outcome = reader.outcome(boot, number)
    lane = "unknown" if outcome is None else outcome.fields["confirmed"]
    time = datetime.fromtimestamp(int(str(fields["t_us"])) / 1e6, UTC).isoformat(timespec="milliseconds")
    text = serial["text"] if isinstance(serial, dict) else ""
    return (record.seq, record.shift, lot, time, text, fields["plc_count"], boot, number, lane, record.hash)
