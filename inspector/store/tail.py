# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the end of the chain back from the stored bytes and checks it: at every start, and before every seal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.chain import Chain, ShiftRange
from inspector.evidence.record import GENESIS, document_hash, parse_strict, record_hash
from inspector.evidence.seal import parse_document

_ADVICE = "Run `inspector verify` and keep this database; go on with a restored copy"


@dataclass(frozen=True, slots=True)
class PendingImage:
    """An image that a committed part record names and that no later record has accounted for.

    Attributes:
        part: Hash of the part record, 64 hex digits.
        camera: Name of the camera.
        image_digest: Digest of the pixels, 64 hex digits.
        pixel_format: PFNC name.
    """

    part: str
    camera: str
    image_digest: str
    pixel_format: str


@dataclass(frozen=True, slots=True)
class OpenShift:
    """The shift-open record of the range that the next seal covers.

    Attributes:
        t_us: Its time, UTC, microseconds.
        simulated: Whether any source of the shift is simulated.
        fields: The whole record.
    """

    t_us: int
    simulated: bool
    fields: Mapping[str, object]


@dataclass
class Tail:
    """Everything since the last seal, as the stored bytes say it.

    Attributes:
        chain: End of the chain.
        prev_seal: Hash of the last seal, zeros if there is none.
        head_count: Records that the newest signed head of this range covers, 0 if there is none.
        last_t_us: Time of the last record, 0 if there is none.
        opened: The shift-open record, None while no shift is open.
        images: Images not yet accounted for, by part record and camera.
    """

    chain: Chain
    prev_seal: str = GENESIS
    head_count: int = 0
    last_t_us: int = 0
    opened: OpenShift | None = None
    images: dict[tuple[str, str], PendingImage] = field(default_factory=dict)

    def see(self, record: Mapping[str, object], digest: str) -> None:
        """Take notice of one record that now is the last.

        Raises:
            FormatInvalid: It has not the fields of its type.
        """
        try:
            self._see(record, digest)
        except (KeyError, TypeError) as error:
            raise FormatInvalid(f"it has not the fields of its type: {error}") from error

    def _see(self, record: Mapping[str, object], digest: str) -> None:
        t_us, kind = record["t_us"], record["type"]
        if isinstance(t_us, int):
            self.last_t_us = t_us
        if kind == "shift-open":
            self.opened = opened_by(record)
        elif kind == "part":
            self._expect_images(record, digest)
        elif kind in ("image-stored", "image-lost"):
            self.images.pop((str(record["part"]), str(record["camera"])), None)

    def _expect_images(self, record: Mapping[str, object], digest: str) -> None:
        views = record["views"]
        for view in views if isinstance(views, list) else ():
            image, camera = view["image"], str(view["camera"])
            if image is not None:
                pending = PendingImage(digest, camera, image["digest"], image["pixel_format"])
                self.images[digest, camera] = pending


def opened_by(record: Mapping[str, object]) -> OpenShift:
    """What a shift-open record says about its shift."""
    cameras, line, t_us = record["cameras"], record["line"], record["t_us"]
    sources = [*(cameras if isinstance(cameras, list) else []), line]
    simulated = any(isinstance(source, Mapping) and source.get("simulated") is True for source in sources)
    return OpenShift(t_us if isinstance(t_us, int) else 0, simulated, record)


def load_tail(connection: sqlite3.Connection, station: str) -> Tail:
    """Replay all records since the last seal from their bytes.

    Raises:
        EvidenceError: The stored bytes contradict themselves, the last seal, or a signed head; it names the record.
    """
    tail = _after_last_seal(connection, station)
    head = _newest_head(connection, tail.chain.shift)
    head_count = head["count"] if head else 0
    rows = connection.execute(
        "SELECT seq, type, shift, bytes, hash FROM record WHERE seq > ? ORDER BY seq", (tail.chain.seq,)
    )
    for seq, kind, shift, data, digest in rows:
        try:
            entry, record = tail.chain.replay(data)
            if (entry.seq, entry.kind, entry.shift, entry.digest) != (seq, kind, shift, digest):
                raise EvidenceError(f"Record {seq}: its columns do not fit its bytes", _ADVICE)
            tail.see(record, entry.digest.hex())
        except FormatInvalid as error:
            raise EvidenceError(f"Record {seq} is damaged: {error.message}", _ADVICE) from error
        if head is not None and tail.chain.span.count == head_count:
            _check_head(head, tail)
    if isinstance(head_count, int):
        tail.head_count = head_count
        if head_count > tail.chain.span.count:
            missing = tail.chain.seq + 1
            raise EvidenceError(f"Record {missing} is missing: a signed head covers it", _ADVICE)
    return tail


def check_stored(connection: sqlite3.Connection, ours: Chain) -> None:
    """Compare what is in the database since the last seal with what was written there.

    Raises:
        EvidenceError: It is something else.
    """
    stored = load_tail(connection, ours.station).chain
    theirs = (stored.seq, stored.prev, stored.span.tree.root(), stored.span.counts.as_dict())
    if theirs != (ours.seq, ours.prev, ours.span.tree.root(), ours.span.counts.as_dict()):
        raise EvidenceError(
            f"Records {ours.span.first} to {ours.seq} in the database are not those that were written",
            "Run `inspector verify`; the shift is not sealed",
        )


def _after_last_seal(connection: sqlite3.Connection, station: str) -> Tail:
    row = connection.execute(
        "SELECT bytes FROM (SELECT shift, bytes FROM seal UNION ALL SELECT shift, bytes FROM seal_unsigned)"
        " ORDER BY shift DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return Tail(Chain(station))
    seal = parse_document(row[0])
    shift, first, count = (_integer(seal, name) for name in ("shift", "first", "count"))
    if seal["station"] != station:
        raise EvidenceError(
            f"The seal of shift {shift} is of station {seal['station']}, not {station}",
            "Set station.name in station.toml to what it was",
        )
    last = first + count - 1
    stored = connection.execute("SELECT bytes FROM record WHERE seq = ?", (last,)).fetchone()
    if stored is None or record_hash(stored[0]).hex() != seal["head"]:
        what = "is missing" if stored is None else "is damaged"
        raise EvidenceError(f"Record {last} {what}: it ends sealed shift {shift}", _ADVICE)
    chain = Chain(station, last, str(seal["head"]), ShiftRange.empty(shift + 1, last + 1))
    t_us = parse_strict(stored[0])["t_us"]
    return Tail(chain, document_hash(row[0]), last_t_us=t_us if isinstance(t_us, int) else 0)


def _newest_head(connection: sqlite3.Connection, shift: int) -> dict[str, object] | None:
    row = connection.execute("SELECT bytes FROM head WHERE shift = ? ORDER BY count DESC LIMIT 1", (shift,)).fetchone()
    return None if row is None else parse_document(row[0])


def _check_head(head: Mapping[str, object], tail: Tail) -> None:
    if (head["head"], head["root"]) != (tail.chain.prev, tail.chain.span.tree.root().hex()):
        raise EvidenceError(
            f"Records {tail.chain.span.first} to {tail.chain.seq} differ from what a signed head covers", _ADVICE
        )


def _integer(document: Mapping[str, object], name: str) -> int:
    value = document[name]
    if not isinstance(value, int):
        raise FormatInvalid(f"{name} is not an integer")
    return value
