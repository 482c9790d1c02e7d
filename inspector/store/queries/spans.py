# SPDX-License-Identifier: AGPL-3.0-or-later
"""Production parts by verdict and stretch of time, counted back from now by the lookup tables.

Their times have no index, because records are in the order of time already: what is recent is at the end. So the
questions walk back from the last record, a slice at a time, and end as soon as they have what they want.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from inspector.store.queries.p_prime import ENOUGH_PARTS, Subgroup
from inspector.store.queries.reader import AuditReader, RulesInForce

HOUR_S = 3600
MINUTE_S = 60
SLICE = 200_000
"""Records of one step back: some hundredths of a second."""
SCANNED = 12_000_000
"""So many records are looked through at most: about six weeks at one part a second, some seconds of reading."""

Spans = dict[int, Counter[str]]
"""Parts by verdict in each stretch, by its number since 1970."""


def minutes_since(reader: AuditReader, from_s: int, rules: RulesInForce | None = None) -> Spans:
    """The parts of each minute from the one of this second (UTC) on.

    Args:
        reader: The records.
        from_s: Since when.
        rules: Only parts that these judged.
    """
    first = from_s // MINUTE_S
    found = _walk_back(reader, MINUTE_S, rules, lambda spans: min(spans, default=first) < first)
    return {minute: counts for minute, counts in found.items() if minute >= first}


def hours_before(
    reader: AuditReader, before_s: int, rules: RulesInForce, wanted: int, goes_on: Callable[[], bool] = lambda: True
) -> list[Subgroup]:
    """The last hours with enough parts that these rules judged, oldest first.

    Args:
        reader: The records.
        before_s: Only hours that were over by this second (UTC).
        rules: What judged.
        wanted: At most so many hours.
        goes_on: Asked before each step; False gives it up with what there is.
    """
    end = before_s // HOUR_S
    found = _walk_back(reader, HOUR_S, rules, lambda spans: not goes_on() or len(_whole(spans, end)) > wanted)
    return _whole(found, end)[-wanted:]


def subgroup(counts: Counter[str]) -> Subgroup:
    """Parts and rejects; what nobody inspected is neither."""
    parts = counts.total() - counts["BYPASSED"]
    return Subgroup(parts, parts - counts["PASS"])


def _whole(spans: Spans, end: int) -> list[Subgroup]:
    subgroups = (subgroup(spans[hour]) for hour in sorted(spans) if hour < end)
    return [one for one in subgroups if one.parts >= ENOUGH_PARTS]


def _walk_back(reader: AuditReader, span_s: int, rules: RulesInForce | None, enough: Callable[[Spans], bool]) -> Spans:
    """Slices from the end until there is enough; the oldest stretch may then lack its beginning."""
    found: Spans = {}
    last = newest = reader.newest_seq()
    while last > 0 and newest - last < SCANNED and not enough(found):
        first = max(1, last - SLICE + 1)
        for span, verdict, parts in reader.parts_by_span(span_s, first, last, rules):
            found.setdefault(span, Counter())[verdict] += parts
        last = first - 1
    return found
