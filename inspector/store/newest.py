# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether records are older than what their ledger, or another copy of them, knows: a backup that was put back.

A station that went on from old records would sign a second seal for a shift that it has sealed before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import EvidenceError, FormatInvalid, StoreError
from inspector.evidence.note import parse_checkpoint, split_note
from inspector.evidence.record import document_hash
from inspector.evidence.seal import parse_document
from inspector.evidence.tiles import TILE_WIDTH, entries_path, parse_entries
from inspector.store.read import RecordReader

SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Known:
    """A seal or head that somebody else remembers.

    Attributes:
        kind: "seal" or "head".
        shift: Its shift.
        last: Number of the last record that it covers.
        digest: Its document hash, 64 hex digits.
    """

    kind: str
    shift: int
    last: int
    digest: str

    def __str__(self) -> str:
        return f"a {self.kind} of shift {self.shift} that covers records up to {self.last}"


def newest_in_log(folder: Path, station: str) -> Known | None:
    """The newest seal or head of a station in a log, None if it has none. Nothing but forms is checked.

    Raises:
        StoreError: There is no log, or it cannot be read.
    """
    try:
        note = (folder / "checkpoint").read_bytes()
        size = parse_checkpoint(split_note(note)[0]).size
        for entry in _entries_from_the_end(folder, size):
            known = _known(entry, station)
            if known is not None:
                return known
    except OSError as error:
        raise StoreError(f"The log {folder} cannot be read: {error.strerror}", "Check ledger.path") from error
    except EvidenceError as error:
        raise StoreError(f"The log {folder} is damaged: {error.message}", "Run `inspector verify`") from error
    return None


def _entries_from_the_end(folder: Path, size: int) -> Iterator[bytes]:
    for number in range(-(-size // TILE_WIDTH) - 1, -1, -1):
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        path = folder / entries_path(number, width)
        if width < TILE_WIDTH and not path.is_file():
            path = folder / entries_path(number)  # it has grown meanwhile
        yield from reversed(parse_entries(path.read_bytes())[:width])


def _known(entry: bytes, station: str) -> Known | None:
    data = entry[:-SIGNATURE]
    try:
        fields = parse_document(data)
    except FormatInvalid:
        return None  # an entry of somebody else, or the statement of a rotation
    first, count, shift = fields["first"], fields["count"], fields["shift"]
    if fields["station"] != station or not (
        isinstance(first, int) and isinstance(count, int) and isinstance(shift, int)
    ):
        return None
    return Known(str(fields["type"]), shift, first + count - 1, document_hash(data))


def is_behind(reader: RecordReader, known: Known) -> bool:
    """Whether these records are older than a seal or head of the same station, or tell another history.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A seal is damaged.
    """
    closed = [one for one in reader.shifts() if one.seal is not None]
    if known.kind == "seal":
        return all(one.seal != known.digest for one in closed if one.shift == known.shift)
    if closed and closed[-1].shift >= known.shift:
        return False  # the shift is sealed here, which the log has not heard of yet
    return reader.head_digest(known.shift, known.last) != known.digest


def newest_position(station: Path) -> tuple[int, str]:
    """Number and hash of the newest record of a station directory, as far as it can be read.

    Raises:
        StoreError: It cannot.
    """
    with RecordReader(station) as reader:
        latest = reader.latest(1)
    return (latest[0].seq, latest[0].hash) if latest else (0, "0" * 64)
