# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns records and seals into messages, each with the position that is reached when the broker has confirmed it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from inspector.errors import EvidenceError
from inspector.evidence.seal import SignedDocument, parse_document
from inspector.publish.position import Position
from inspector.publish.schema import MESSAGES, OPTIONAL, encode
from inspector.publish.tally import Tally
from inspector.store.read import StoredRecord

TOPICS = {
    "part": "part",
    "outcome": "outcome",
    "gap": "gap",
    "state": "state",
    "bypass-start": "bypass",
    "bypass-end": "bypass",
    "shift-open": "shift",
    "shift-close": "shift",
}
"""Type of a record -> last level of its topic; records of other types are passed over."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to publish.

    Attributes:
        topic: Last level of the topic; None for a record that is not published.
        payload: JSON, or empty.
        after: The position once the broker has it.
        retain: Whether the broker keeps it for subscribers to come.
    """

    topic: str | None
    payload: bytes
    after: Position
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the messages of one station.

    Args:
        station: Its name.
        simulated: Whether its settings name a simulated camera or line.
        software: Version of this program.
    """

    station: str
    simulated: bool
    software: str

    def record(self, record: StoredRecord, position: Position) -> Message:
        """The message of the record that follows `position`.

        Raises:
            EvidenceError: The record is damaged.
        """
        fields = record.fields
        after = _advance(position, record, fields)
        if record.kind not in TOPICS:
            return Message(None, b"", after)
        try:
            message = {**fields, **_DERIVED.get(record.kind, _nothing)(fields)}
        except (KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Run `inspector verify`") from error
        message |= {"v": 1, "hash": record.hash, "simulated": self._simulated(after)}
        known = MESSAGES[record.kind].keys() | OPTIONAL.get(record.kind, {}).keys()
        payload = encode({name: value for name, value in message.items() if name in known})
        return Message(TOPICS[record.kind], payload, after)

    def seal(self, document: SignedDocument, position: Position) -> Message | None:
        """The message of the seal that follows `position.seal`, or None while records of it are still to come.

        Raises:
            EvidenceError: The seal is damaged.
        """
        fields = parse_document(document.data)
        first, count, shift = fields["first"], fields["count"], fields["shift"]
        if not isinstance(first, int) or not isinstance(count, int) or not isinstance(shift, int):
            raise EvidenceError("A seal is damaged", "Run `inspector verify`")
        if position.seq < first + count - 1:
            return None
        signed = {
            "hash": document.digest,
            "document": base64.b64encode(document.data).decode(),
            "signature": base64.b64encode(document.signature).decode(),
        }
        return Message("seal", encode({**fields, **signed}), replace(position, seal=shift))

    def counts(self, position: Position, newest_seq: int, t_us: int) -> Message:
        """The counts of the messages so far, and how many records still wait."""
        fields = {
            "v": 1,
            "type": "counts",
            "station": self.station,
            "seq": position.seq,
            "shift": position.shift,
            "t_us": t_us,
            "simulated": self._simulated(position),
            "counts": position.tally.counts,
            "waiting": max(0, newest_seq - position.seq),
        }
        return Message("counts", encode(fields), position)

    def status(self, status: str, reason: str, birth: str, t_us: int) -> bytes:
        """Payload of the birth, of the orderly farewell, or of the last will."""
        return encode(
            {
                "v": 1,
                "type": "status",
                "station": self.station,
                "status": status,
                "reason": reason,
                "birth": birth,
                "t_us": t_us,
                "simulated": self.simulated,
                "software": self.software,
            }
        )

    def _simulated(self, position: Position) -> bool:
        """Within a shift what its first record says; in doubt, simulated."""
        if position.opened and position.opened == position.shift:
            return position.simulated
        return position.simulated or self.simulated


def _advance(position: Position, record: StoredRecord, fields: Mapping[str, object]) -> Position:
    tally = position.tally if record.shift == position.shift else Tally()
    try:
        tally = tally.added(fields, record.hash)
        opened, simulated = position.opened, position.simulated
        if record.kind == "shift-open":
            opened, simulated = record.shift, _is_simulated(fields)
    except (KeyError, TypeError) as error:
        raise EvidenceError(f"Record {record.seq} is damaged: {error!r}", "Run `inspector verify`") from error
    return Position(record.seq, record.hash, position.seal, record.shift, opened, simulated, tally)


def _is_simulated(fields: Mapping[str, object]) -> bool:
    cameras, line = fields["cameras"], fields["line"]
    if not isinstance(cameras, list) or not isinstance(line, dict):
        raise TypeError("cameras or line")
    return any(camera["simulated"] for camera in cameras) or bool(line["simulated"])


def _nothing(_fields: Mapping[str, object]) -> dict[str, object]:
    return {}


def _part(fields: Mapping[str, object]) -> dict[str, object]:
    """Views in short: digests instead of pictures, findings counted by class."""
    views = fields["views"]
    if not isinstance(views, list):
        raise TypeError("views")
    return {
        "views": [
            {
                "camera": view["camera"],
                "verdict": view["verdict"],
                "reason": view["reason"],
                "image": view["image"]["digest"] if view["image"] else None,
                "findings": dict(Counter(found["class"] for found in view["detections"])),
            }
            for view in views
        ]
    }


def _close(fields: Mapping[str, object]) -> dict[str, object]:
    """The reconciliation without its note, which is free text of a person."""
    reconciliation = fields["reconciliation"]
    if not isinstance(reconciliation, dict):
        raise TypeError("reconciliation")
    told = {name: reconciliation[name] for name in ("plc_count", "difference")}
    return told | {name: reconciliation[name] for name in OPTIONAL["shift-close"] if name in reconciliation}


_DERIVED = {"part": _part, "shift-close": _close}
