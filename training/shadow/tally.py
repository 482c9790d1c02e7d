# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a shadow run has counted so far, in bounded memory."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from inspector.part import Verdict
from training.shadow.look import Compared
from training.shadow.result import MAX_CLASSES, MAX_LISTED, MAX_RULES, OtherRules
from training.shadow.verdicts import Kind, Why

Rules = tuple[str, str]
"""Digests of model package and recipe."""
_KINDS = tuple(Kind)


@dataclass(slots=True)
class _Others:
    parts: int
    first: int
    last: int


class Order:
    """Compared parts in the order in which they came: nine bytes each, a week is 18 MB."""

    def __init__(self) -> None:
        self._seqs = array("q")
        self._kinds = bytearray()

    def add(self, seq: int, kind: Kind) -> None:
        """Note a part. They come nearly in order."""
        place = len(self._seqs)
        while place and self._seqs[place - 1] > seq:
            place -= 1
        self._seqs.insert(place, seq)
        self._kinds.insert(place, _KINDS.index(kind))

    def kind(self, seq: int) -> Kind | None:
        """What the verdicts of this part are to one another; None if it was not compared."""
        place = bisect_left(self._seqs, seq)
        known = place < len(self._seqs) and self._seqs[place] == seq
        return _KINDS[self._kinds[place]] if known else None


@dataclass
class Tally:
    """Counts of a run.

    Attributes:
        released: What judged at the station; None as long as no part says it.
        kinds: Compared parts. skipped: Parts that could not be compared.
        elsewhere: Verdicts that clock, permit or serial gave.
        candidate_errors: Compared parts on which the candidate failed. test_parts: Parts of challenges.
        classes: Class -> parts that it alone keeps from passing: released, candidate, both.
        took_us: What judging each picture took.
        order: The compared parts.
        first: Number and time of the first record. last: Of the last.
        last_other: Whether the newest part was judged by other rules.
        station: Name of the station.
    """

    released: Rules | None = None
    kinds: Counter[Kind] = field(default_factory=Counter)
    skipped: Counter[Why] = field(default_factory=Counter)
    elsewhere: Counter[Verdict] = field(default_factory=Counter)
    candidate_errors: int = 0
    test_parts: int = 0
    classes: dict[str, list[int]] = field(default_factory=dict)
    took_us: array[float] = field(default_factory=lambda: array("d"))
    order: Order = field(default_factory=Order)
    first: tuple[int, int] | None = None
    last: tuple[int, int] | None = None
    last_other: bool = False
    station: str = ""
    _others: dict[Rules, _Others] = field(default_factory=dict)
    _more_others: int = 0
    _worst: list[tuple[tuple[int, int, int], Compared]] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """Parts that both have judged."""
        return self.kinds.total()

    @property
    def parts(self) -> int:
        """Production parts of the released rules."""
        return self.compared + self.skipped.total()

    @property
    def differ(self) -> int:
        """Compared parts with different verdicts."""
        return sum(number for kind, number in self.kinds.items() if kind.differs)

    @property
    def other_rules(self) -> tuple[OtherRules, ...]:
        """Parts that something else judged, by its digests."""
        return tuple(
            OtherRules(model=model, recipe=recipe, parts=one.parts, first_record=one.first, last_record=one.last)
            for (model, recipe), one in self._others.items()
        )

    @property
    def more_other_rules(self) -> int:
        """Parts of still others."""
        return self._more_others

    def differing(self) -> Iterator[Compared]:
        """The differing parts that are kept: those that look worst."""
        return (one for _, one in self._worst)

    def other(self, rules: Rules, seq: int) -> None:
        """Count a part that other rules have judged."""
        self.last_other = True
        known = self._others.get(rules)
        if known is not None:
            known.parts, known.last = known.parts + 1, seq
        elif len(self._others) < MAX_RULES:
            self._others[rules] = _Others(1, seq, seq)
        else:
            self._more_others += 1

    def add(self, seq: int, t_us: int, found: Compared | Why) -> None:
        """Count a part of the released rules."""
        self.last_other = False
        place = (seq, t_us)
        self.first = place if self.first is None else min(self.first, place)
        self.last = place if self.last is None else max(self.last, place)
        if isinstance(found, Why):
            self.skipped[found] += 1
            return
        kind = found.pair.kind
        self.kinds[kind] += 1
        self.order.add(seq, kind)
        self.took_us.extend(found.took_us)
        self.candidate_errors += any(one.candidate.verdict is Verdict.ERROR for one in found.sights)
        if found.pair.elsewhere is not None:
            self.elsewhere[found.pair.elsewhere] += 1
        self._count_classes(found)
        if kind.differs:
            self._keep(found)

    def _count_classes(self, found: Compared) -> None:
        released = frozenset().union(*(one.released.failing for one in found.sights))
        candidate = frozenset().union(*(one.candidate.failing for one in found.sights))
        for name in sorted(released | candidate):
            if name in self.classes or len(self.classes) < MAX_CLASSES:
                counts = self.classes.setdefault(name, [0, 0, 0])
                counts[0] += name in released
                counts[1] += name in candidate
                counts[2] += name in released and name in candidate

    def _keep(self, found: Compared) -> None:
        entry = ((*severity(found), -found.seq), found)
        if len(self._worst) < MAX_LISTED:
            heapq.heappush(self._worst, entry)
        else:
            heapq.heappushpop(self._worst, entry)


def severity(found: Compared) -> tuple[int, int]:
    """How bad a difference looks: first what the candidate lets through, and the surer the finding, the worse."""
    escapes = found.pair.kind is Kind.ONLY_RELEASED_REJECTS
    sides = [one.released if escapes else one.candidate for one in found.sights]
    return int(escapes), max((one.score_ppm for side in sides for one in side.counting), default=0)
