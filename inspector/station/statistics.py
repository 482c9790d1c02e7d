# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts of the open shift and latencies of the last parts, for screens; seals count from the records."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping

from inspector.part import Commanded, Confirmed, Verdict

LATENCIES = 2000


class ShiftStatistics:
    """Counts since the shift was opened."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._latencies_us: deque[int] = deque(maxlen=LATENCIES)

    def restore(self, verdicts: Mapping[str, int], outcomes: Mapping[str, int]) -> None:
        """Take up the counts of a shift that was open when the station restarted."""
        self.verdicts.update(verdicts)
        self.outcomes.update(outcomes)

    def part(self, verdict: Verdict, latency_us: int | None) -> None:
        """Count a part record; `latency_us` from the edge to the commit, None when nothing was judged."""
        self.verdicts[verdict.value] += 1
        if latency_us is not None:
            self._latencies_us.append(latency_us)

    def outcome(self, commanded: Commanded, confirmed: Confirmed) -> None:
        """Count an outcome record."""
        self.outcomes[commanded.value] += 1
        lane = {Confirmed.GOOD_LANE: "good", Confirmed.REJECT_LANE: "reject_lane", Confirmed.UNKNOWN: "unknown"}
        self.outcomes[lane[confirmed]] += 1

    def verdict_document(self) -> dict[str, int]:
        """All eight verdicts with their counts."""
        return {verdict.value: self.verdicts[verdict.value] for verdict in Verdict}

    def outcome_document(self) -> dict[str, int]:
        """Commanded and confirmed actions with their counts."""
        return {name: self.outcomes[name] for name in ("accept", "reject", "good", "reject_lane", "unknown")}

    def latency_document(self) -> dict[str, int]:
        """Quantiles of the last parts, microseconds; zeros when there are none."""
        ordered = sorted(self._latencies_us)
        if not ordered:
            return {"p50": 0, "p99": 0, "max": 0}
        return {"p50": _quantile(ordered, 50), "p99": _quantile(ordered, 99), "max": ordered[-1]}


def _quantile(ordered: list[int], percent: int) -> int:
    """Nearest rank: the smallest value that at least `percent` of all do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]
