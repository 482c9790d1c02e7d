# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the records that are checked begin: a station's with record 1, a bundle's with its first shift."""

from __future__ import annotations

from inspector.evidence.verify.report import VerificationReport

ZEROS = "0" * 64


class Begin:
    """The border behind which nothing is here.

    Args:
        seq: Number of the first record.
        shift: Its shift.
        prev_seal: Document hash of the seal before, 64 hex digits.
    """

    def __init__(self, seq: int = 1, shift: int = 1, prev_seal: str = ZEROS) -> None:
        self.seq = seq
        self.shift = shift
        self.prev_seal = prev_seal
        self._before: dict[str, int] = {}

    @property
    def is_first(self) -> bool:
        """Whether there is nothing before it."""
        return self.seq == 1

    def is_before(self, what: str) -> bool:
        """Whether something that names what is not here may name something before; then it is counted.

        Args:
            what: What it is, in the plural.
        """
        if self.is_first:
            return False
        self._before[what] = self._before.get(what, 0) + 1
        return True

    def finish(self, report: VerificationReport) -> None:
        """Say what could not be followed."""
        if self._before:
            told = ", ".join(f"{number} {what}" for what, number in sorted(self._before.items()))
            report.skip(f"what belongs to records before record {self.seq} could not be followed: {told}")
