# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far the broker has confirmed what the station recorded: the durable cursor into the records.

The records themselves are the queue, so that nothing is written twice and an outage of any length costs no space.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.durable import write_durable
from inspector.errors import FormatInvalid, StoreError
from inspector.evidence.record import GENESIS, canonical, parse_strict
from inspector.evidence.schema import COUNT, HASH, Misfit, boolean, exactly, group
from inspector.publish.tally import CHECK as CHECK_TALLY
from inspector.publish.tally import Tally

CURSOR_NAME = "mqtt-cursor.json"

_CHECK = group(
    {
        "v": exactly(1),
        "seq": COUNT,
        "hash": HASH,
        "seal": COUNT,
        "shift": COUNT,
        "opened": COUNT,
        "simulated": boolean,
        "tally": CHECK_TALLY,
    }
)


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two records, and what has to be known of the records before it.

    Attributes:
        seq: Number of the last record before it; 0 at the very beginning.
        hash: That record's hash, 64 hex digits, to notice another history; zeros at the very beginning.
        seal: Shift of the last seal before it, or 0.
        shift: Shift of the last record before it, or 0.
        opened: Shift of the last shift-open record before it, or 0.
        simulated: Whether that shift-open record names a simulated camera or line.
        tally: Counts of the records of `shift` before it.
    """

    seq: int = 0
    hash: str = GENESIS
    seal: int = 0
    shift: int = 0
    opened: int = 0
    simulated: bool = False
    tally: Tally = field(default_factory=Tally)

    def encode(self) -> bytes:
        """The bytes of the cursor file."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return canonical({"v": 1, **fields, "tally": self.tally.document()})

    @staticmethod
    def parse(data: bytes) -> Position:
        """Read the bytes of a cursor file.

        Raises:
            FormatInvalid: They are not what `encode` writes.
        """
        document: dict[str, Any] = parse_strict(data)
        try:
            _CHECK(document)
        except Misfit as misfit:
            raise FormatInvalid(f"The cursor{misfit.path} {misfit.complaint}") from None
        tally = Tally(document["tally"]["counts"], tuple(document["tally"]["waiting"]))
        plain = ("seq", "hash", "seal", "shift", "opened", "simulated")
        return Position(**{name: document[name] for name in plain}, tally=tally)


def load(station: Path) -> Position | None:
    """The position that was stored last, or None if there is none.

    Raises:
        FormatInvalid: The file is damaged.
        StoreError: It is there and cannot be read.
    """
    path = station / CURSOR_NAME
    try:
        return Position.parse(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}", "Check owner and disk") from error


def save(station: Path, position: Position) -> None:
    """Store a position durably, whole or not at all.

    Raises:
        OSError: The disk is full, or the folder cannot be written; the old position stands.
    """
    write_durable(station / CURSOR_NAME, position.encode(), mode=0o600)
