# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person is shown before signing, word for word: a document that the signature record names by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """What is signed.

    Attributes:
        text: What the person sees, docs/formats.md 2.13.
        target: Hash of the record that is signed, hex.
        meaning: What the signature means.
        seq: Number of that record.
    """

    text: str
    target: str
    meaning: str
    seq: int

    @property
    def data(self) -> bytes:
        """The document."""
        return self.text.encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the document, hex."""
        return hashlib.sha256(self.data).hexdigest()

    def document(self) -> dict[str, object]:
        """For the api."""
        return {"statement": self.digest, "text": self.text, "meaning": self.meaning, "target": self.target}


def close_statement(
    station: str,
    shift: int,
    lot: str,
    *,
    seq: int,
    head: str,
    meaning: str,
    counts: Mapping[str, object],
    differences: Sequence[str],
    removed_by_hand: int,
    note: str,
) -> Statement:
    """The statement for the end of a shift.

    Args:
        station: Its name.
        shift: Number that its seal will carry.
        lot: Of the shift.
        seq: Number of the last record.
        head: Its hash, hex.
        meaning: What the signature means.
        counts: As in a shift-close record.
        differences: Counts that differ, in words.
        removed_by_hand: Parts that people took off the belt.
        note: What the person typed.
    """
    verdicts = counts["verdicts"]
    known = verdicts if isinstance(verdicts, Mapping) else {}
    lines = [
        "inspector/statement/v1",
        f"station {station}",
        f"shift {shift}",
        f"record {seq} {head}",
        f"meaning {meaning}",
        f"lot {one_line(lot)}",
        f"parts {counts['parts']}",
        *(f"{verdict} {number}" for verdict, number in known.items() if number),
        f"gap-parts {counts['gap_parts']}",
        f"removed-by-hand {removed_by_hand}",
        *(f"difference {one_line(words)}" for words in differences),
        f"note {one_line(note) or 'none'}",
    ]
    return Statement("\n".join(lines) + "\n", head, meaning, seq)


def one_line(text: str) -> str:
    """Whatever somebody typed, in one line."""
    return " ".join(text.split())
