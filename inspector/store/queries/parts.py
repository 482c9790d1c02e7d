# SPDX-License-Identifier: AGPL-3.0-or-later
"""One part in one line, as lists for engineers have it; read from its record and that of its outcome."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.store.queries.fields import Fields, classes_of, key_of, serial_of, text, utc, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.read import StoredRecord

COLUMNS = (
    "record",
    "shift",
    "lot",
    "time_utc",
    "serial",
    "verdict",
    "reason",
    "classes",
    "commanded",
    "lane",
    "purpose",
    "plc_count",
    "line_boot",
    "part_seq",
    "model",
    "recipe",
    "record_hash",
)


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part.

    Attributes:
        seq: Number of its record.
        shift: Its shift.
        lot: Its lot; None where no shift was open.
        t_us: When it was recorded, UTC, microseconds.
        serial: Its serial, or None.
        verdict: The station's verdict.
        reason: Why.
        classes: Classes of all findings, whatever the recipe made of them.
        commanded: What the line was told: accept, reject, or none (no outcome recorded).
        lane: Where it was seen: good, reject, unknown, or none.
        purpose: production or challenge.
        plc_count: The plant's count.
        line_boot: Identity of the trigger: boot of the line process,
        part_seq: and its count.
        model: Digest of the model package, or None.
        recipe: Digest of the recipe, or None.
        hash: Hash of the record.
    """

    seq: int
    shift: int
    lot: str | None
    t_us: int
    serial: str | None
    verdict: str
    reason: str
    classes: tuple[str, ...]
    commanded: str
    lane: str
    purpose: str
    plc_count: int
    line_boot: str
    part_seq: int
    model: object
    recipe: object
    hash: str

    def cells(self) -> tuple[object, ...]:
        """The values of `COLUMNS`."""
        return (
            self.seq,
            self.shift,
            self.lot or "",
            utc(self.t_us),
            self.serial or "",
            self.verdict,
            self.reason,
            " ".join(self.classes),
            self.commanded,
            self.lane,
            self.purpose,
            self.plc_count,
            self.line_boot,
            self.part_seq,
            self.model or "",
            self.recipe or "",
            self.hash,
        )


def row_of(reader: AuditReader, record: StoredRecord, part: Fields, lot: str | None) -> PartRow:
    """The line of one part.

    Args:
        reader: Where its outcome is looked up.
        record: Its record.
        part: The fields of the record.
        lot: The lot of its shift.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    boot, number = key_of(part)
    outcome = reader.outcome(boot, number)
    happened = None if outcome is None else outcome.fields
    return PartRow(
        record.seq,
        record.shift,
        lot,
        whole(part, "t_us"),
        serial_of(part),
        text(part, "verdict"),
        text(part, "reason"),
        tuple(classes_of(part)),
        "none" if happened is None else text(happened, "commanded"),
        "none" if happened is None else text(happened, "confirmed"),
        text(part, "purpose"),
        whole(part, "plc_count"),
        boot,
        number,
        part.get("model_digest"),
        part.get("recipe_digest"),
        record.hash,
    )
