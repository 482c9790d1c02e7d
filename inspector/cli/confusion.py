# SPDX-License-Identifier: AGPL-3.0-or-later
"""Verdicts against the labels of the simulated plant's pictures: misses and false rejects, with their bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.bounds import upper_bound
from inspector.line.plant.truth import read_truth
from inspector.store.read import RecordReader, StoredRecord

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Confusion:
    """Parts of one kind and how many of them were judged wrongly.

    Attributes:
        parts: Parts whose label says so.
        wrong: Bad parts that passed, or good parts that did not.
    """

    parts: int
    wrong: int

    def words(self) -> str:
        """For people, never without its bound."""
        if not self.parts:
            return "no such parts"
        return f"{self.wrong} of {self.parts}: below {100 * upper_bound(self.wrong, self.parts):.2f} % at 95 %"

    def document(self) -> dict[str, object]:
        """For scripts."""
        bound = upper_bound(self.wrong, self.parts) if self.parts else None
        return {"parts": self.parts, "wrong": self.wrong, "upper_bound_95": bound}


def _parts(reader: RecordReader) -> Iterator[StoredRecord]:
    before: int | None = None
    while page := reader.latest(PAGE, kind="part", before_seq=before):
        yield from page
        before = page[-1].seq


def confusion(station: Path) -> tuple[Confusion, Confusion]:
    """Misses among the bad parts and false rejects among the good ones; parts without a label do not count.

    Args:
        station: Directory of a station with a simulated plant.
    """
    truth = {part.plc_count: part.truth for part in read_truth(station / "run")}
    counts = {"good": [0, 0], "bad": [0, 0]}
    with RecordReader(station) as reader:
        for record in _parts(reader):
            fields = record.fields
            label = truth.get(int(str(fields["plc_count"])), "unknown")
            if label in counts:
                counts[label][0] += 1
                counts[label][1] += (fields["verdict"] == "PASS") != (label == "good")
    return Confusion(*counts["bad"]), Confusion(*counts["good"])
