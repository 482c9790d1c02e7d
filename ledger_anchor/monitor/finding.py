# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a monitor finds."""

from __future__ import annotations

from dataclasses import dataclass

RULES = {
    "TWIN": "an entry in a place that an earlier entry has: two documents for one shift, or a document again",
    "GAP": "an entry of a shift whose predecessors are missing",
    "FORK": "an entry that does not follow the last one of its station",
    "CUT": "a seal or head that covers fewer records than a head before it",
    "UNKNOWN": "an entry of a station that nobody named to the monitor, or by another key than its own",
    "MALFORMED": "an entry that is no seal, head or rotation",
    "LATE": "an entry that was not in the log yet when it was older than allowed",
    "LOG-FORK": "the log shows another history than before, or entries that do not have its signed root",
    "LOG-KEY": "a checkpoint that the log did not sign, or that too few witnesses cosigned",
    "LOG-BACK": "the log is shorter than it was",
    "LOG-AWAY": "the log does not answer",
    "MISSING": "a seal of a station that should be in the log for long, and is not",
    "OTHER": "the log holds another seal of a shift than the station",
}
"""What each one means; docs/ledger.md has the same table."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look into.

    Attributes:
        rule: One of `RULES`.
        place: Entry, shift or log.
        message: What is wrong there.
        station: Name of the station, or "".
    """

    rule: str
    place: str
    message: str
    station: str = ""

    def document(self) -> dict[str, str]:
        """For scripts and webhooks."""
        return {"rule": self.rule, "station": self.station, "place": self.place, "message": self.message}
