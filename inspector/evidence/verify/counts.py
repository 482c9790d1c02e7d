# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts that do not come from the records, compared with them once more (docs/formats.md, section 2.12)."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.evidence.verify.documents import Statement
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, objects, whole, word

MAX_SENTENCES = 50
NOT_ESTABLISHED = "completeness not independently established"
_NAMES = {"infeed": "the plant's part counter", "lanes": "the plant's lane sensors"}


class CountChecker:
    """Follows the counters from shift to shift.

    Args:
        report: Takes the findings, and says which counts establish that no part is missing.
    """

    def __init__(self, report: VerificationReport) -> None:
        self._report = report
        self._ends: dict[str, tuple[object, object]] = {}
        self._stated: object = None
        self._said: list[tuple[int, int, str]] = []

    def close(self, fields: Fields, seq: int, *, bounces: int, unknown: bool) -> None:
        """A shift-close record.

        Args:
            fields: The record.
            seq: Its number.
            bounces: Edges in gap records of the shift with source `sensor`.
            unknown: A gap record of the shift has count 0.
        """
        told = inner(fields, "reconciliation")
        self._stated = told.get("independent")
        shift = whole(fields, "shift")
        if not isinstance(self._stated, dict):
            self._ends = {}
            self._say(shift, f"{NOT_ESTABLISHED}: the record has no independent counts")
            return
        stated: Fields = self._stated
        self._report.count("shifts with independent counts")
        place = f"record {seq}"
        complaint = self._contradiction(stated, told, inner(fields, "counts"), bounces, unknown)
        if complaint:
            self._report.tamper("COUNT-01", place, complaint, seq)
        if objects(stated, "differences") and not word(told, "note"):
            self._report.tamper("COUNT-04", place, "counts differ, and its note does not explain it", seq)
        self._follow(stated, place, seq)
        self._say(shift, _sentence(stated))

    def seal(self, seal: Statement) -> None:
        """The seal of a shift whose shift-close record has come."""
        if seal.fields.get("independent") != self._stated:
            message = "its independent counts are not those of the shift-close record"
            self._report.tamper("COUNT-03", seal.place, message, seal.last)
        self._stated = None

    def _contradiction(self, stated: Fields, told: Fields, counts: Fields, bounces: int, unknown: bool) -> str:
        if whole(stated, "bounces") != bounces:
            return f"it counts {stated['bounces']} bounces of the sensor, its gap records {bounces}"
        counted = {word(counter, "name"): _counted(counter) for counter in objects(stated, "counters")}
        if len(counted) != len(objects(stated, "counters")):
            return "it names a counter twice"
        if unknown and counted.get("infeed") is not None:
            return "it counts parts by a counter that went back, as a gap record says"
        parts = whole(counts, "parts") + whole(counts, "gap_parts")
        if "challenge" in counts:
            parts += whole(counts, "challenge")
        infeed = counted.get("infeed")
        wanted = {
            "plc_count": infeed,
            "station": parts,
            "difference": None if infeed is None else infeed - parts,
        }
        if any(told[name] != value for name, value in wanted.items()):
            return "its reconciliation is not that of its counts"
        good = whole(inner(counts, "outcomes"), "good")
        differences, agree = _compare(counted, parts, bounces, whole(stated, "removed_by_hand"), good)
        if {word(one, "between"): one["number"] for one in objects(stated, "differences")} != differences:
            return "its differences are not those between its counts and the records"
        established = stated["established_by"]
        if not isinstance(established, list) or sorted(str(name) for name in established) != sorted(agree):
            return "it names other counts that agree with the records than do"
        return ""

    def _follow(self, stated: Fields, place: str, seq: int) -> None:
        """A counter goes on where it ended in the shift before, as long as it is the same one."""
        ends = {}
        for counter in objects(stated, "counters"):
            name, since = word(counter, "name"), counter["since"]
            before = self._ends.get(name)
            start = counter["start"]
            if before is not None and before[0] == since and None not in (before[1], start) and before[1] != start:
                message = f"counter {name} begins at {start}, the shift before ended at {before[1]}"
                self._report.tamper("COUNT-02", place, message, seq)
            ends[name] = (since, counter["end"])
        self._ends = ends

    def _say(self, shift: int, words: str) -> None:
        """One sentence for all shifts in a row of which it holds."""
        if self._said and self._said[-1][1:] == (shift - 1, words):
            self._said[-1] = (self._said[-1][0], shift, words)
        else:
            self._said.append((shift, shift, words))

    def finish(self) -> None:
        """After the last record: say what is established."""
        for first, last, words in self._said[-MAX_SENTENCES:]:
            shifts = f"shift {first}" if first == last else f"shifts {first} to {last}"
            self._report.say(f"{shifts}: {words}")
        if len(self._said) > MAX_SENTENCES:
            self._report.say("earlier shifts: see their shift-close records")


def _counted(counter: Fields) -> int | None:
    start, end = counter["start"], counter["end"]
    return end - start if isinstance(start, int) and isinstance(end, int) else None


def _compare(
    counted: Mapping[str, int | None], parts: int, bounces: int, removed: int, good: int
) -> tuple[dict[str, int], list[str]]:
    """Differences that are not zero, and names of the counts that agree with the records."""
    against: dict[str, int] = {}
    others: dict[str, int] = {}
    infeed, in_good, in_reject = (counted.get(name) for name in ("infeed", "good_lane", "reject_lane"))
    if infeed is not None:
        against["infeed"] = infeed - parts
    if in_good is not None and in_reject is not None:
        against["lanes"] = in_good + in_reject + removed + bounces - parts
        others["good_lane-outcomes"] = in_good - good
        if infeed is not None:
            others["infeed-lanes"] = infeed - bounces - in_good - in_reject - removed
    for name, edges in counted.items():
        if name.startswith("camera:") and edges is not None:
            least, most = parts - bounces, parts
            against[name] = edges - most if edges > most else min(0, edges - least)
    named = {f"{name}-records": number for name, number in against.items()} | others
    return {name: number for name, number in named.items() if number}, [n for n, d in against.items() if d == 0]


def _sentence(stated: Fields) -> str:
    established = stated["established_by"]
    names = [str(name) for name in established] if isinstance(established, list) else []
    sentence = NOT_ESTABLISHED
    if names:
        words = ", ".join(_NAMES.get(name, name.replace(":", " ")) for name in names)
        simulated = any(counter["simulated"] for counter in objects(stated, "counters"))
        sentence = f"completeness independently established by {words}" + (" (SIMULATED)" if simulated else "")
    differences = [f"{word(one, 'between')} {one['number']:+d}" for one in objects(stated, "differences")]
    return f"{sentence}; differences explained by a note: {', '.join(differences)}" if differences else sentence
