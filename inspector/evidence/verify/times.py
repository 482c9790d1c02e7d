# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times of others beside those that the station writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from inspector.evidence.verify.documents import Statement
from inspector.evidence.verify.report import VerificationReport

CLOCK_MAY_DIFFER_US = 60_000_000
"""A document may say a time that is later than others have seen it by so much."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_words(t_us: int) -> str:
    """A time for people, UTC, whole seconds upwards; what no calendar has is told in microseconds."""
    try:
        time = _EPOCH + timedelta(seconds=-(-t_us // 1_000_000))
    except OverflowError:
        return f"{t_us} microseconds after 1970"
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def compare_times(
    report: VerificationReport, rule: str, statement: Statement, before_us: int, within_s: int | None, seen: str
) -> None:
    """The document's own time against one before which somebody else has seen it; what does not fit cannot be checked.

    Args:
        report: Takes the finding.
        rule: That it breaks.
        statement: A seal or head.
        before_us: It existed before, microseconds UTC.
        within_s: A seal must have been seen within so many seconds of its own time; None for any.
        seen: How, for people; "before" and the time follow.
    """
    said_us = statement.fields["t_us"]
    if not isinstance(said_us, int):
        return
    words = f"it says {utc_words(said_us)}, and {seen} before {utc_words(before_us)}"
    if said_us > before_us + CLOCK_MAY_DIFFER_US:
        report.unchecked(rule, statement.place, words, statement.last)
    elif statement.kind == "seal" and within_s is not None and before_us - said_us > within_s * 1_000_000:
        words += f" only: later than the {within_s} s that you allow"
        report.unchecked(rule, statement.place, words, statement.last)
