# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say about challenges: the parts that a result names, their judgement, and where they went."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from dataclasses import dataclass

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, inner, objects, whole, word

LONGEST_SET = 64 * 1024


@dataclass(slots=True)
class _TestPart:
    seq: int
    serial: str
    verdict: str
    classes: frozenset[str]
    confirmed: str = ""

    def shows(self, defect: str) -> bool:
        """Whether it was judged FAIL, with a detection of this class."""
        return self.verdict == "FAIL" and defect in self.classes


@dataclass(frozen=True, slots=True)
class _Start:
    """`registered` is the class of each part by its serial, None of a good one; None if the set is not here."""

    seq: int
    parts: int
    presentations: int
    registered: dict[str, object] | None


class ChallengeChecker:
    """Follows challenge parts to the result that names them.

    Args:
        files: Where the registered sets and the lists of passed parts are.
        report: Takes the findings.
        begin: Where the records begin.
    """

    def __init__(self, files: Files, report: VerificationReport, begin: Begin) -> None:
        self._files = files
        self._report = report
        self._begin = begin
        self._ended: set[str] = set()
        self._parts: dict[str, _TestPart] = {}
        self._starts: dict[str, _Start] = {}
        self.rules: Rules = {
            "part": self._part,
            "outcome": self._outcome,
            "challenge-start": self._start,
            "challenge": self._result,
        }

    def _part(self, fields: Fields, seen: Seen) -> None:
        if fields["purpose"] != "challenge":
            return
        self._report.count("challenge parts")
        serial = fields["serial"]
        text = word(serial, "text") if isinstance(serial, dict) else ""
        found = [detection for view in objects(fields, "views") for detection in objects(view, "detections")]
        classes = frozenset(word(detection, "class") for detection in found)
        self._parts[seen.digest.hex()] = _TestPart(seen.seq, text, word(fields, "verdict"), classes)

    def _outcome(self, fields: Fields, seen: Seen) -> None:
        part = self._parts.get(fields["part"])
        if part is None:
            return
        part.confirmed = word(fields, "confirmed")
        if fields["commanded"] == "accept":
            message = f"the challenge part of record {part.seq} was accepted"
            self._report.tamper("CHALLENGE-04", f"record {seen.seq}", message, seen.seq)

    def _start(self, fields: Fields, seen: Seen) -> None:
        registered = self._registered(word(fields, "set"))
        self._starts[seen.digest.hex()] = _Start(
            seen.seq, whole(fields, "parts"), whole(fields, "presentations"), registered
        )
        if registered is not None and len(registered) != fields["parts"]:
            message = f"it says that {fields['parts']} parts are registered, the set has {len(registered)}"
            self._report.tamper("CHALLENGE-02", f"record {seen.seq}", message, seen.seq)

    def _registered(self, digest: str) -> dict[str, object] | None:
        """What the document of the set says; None if it is not here. A changed one is a finding of its own (DOC-01)."""
        try:
            data = self._files.read(f"documents/{digest}", LONGEST_SET)
        except OSError:
            data = None  # DOC-01 says why
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            self._report.skip("results of challenges were not compared with a registered set that is missing")
            return None
        return _parts_of(data)

    def _result(self, fields: Fields, seen: Seen) -> None:
        self._report.count("challenges")
        place = f"record {seen.seq}"
        name = word(fields, "start")
        start = self._starts.pop(name, None)
        if start is None and name not in self._ended and self._begin.is_before("results of challenges"):
            self._ended.add(name)
            self._check_list(fields, place, seen.seq)
            return
        self._ended.add(name)
        if start is None:
            message = "it is the result of no challenge, or of one that has its result already"
            self._report.tamper("CHALLENGE-01", place, message, seen.seq)
            return
        results = objects(fields, "results")
        for result in results:
            rule, message = self._wrong(result, start)
            if rule:
                self._report.tamper(rule, place, message, seen.seq)
        complaint = _contradiction(fields, results, start)
        if complaint:
            self._report.tamper("CHALLENGE-02", place, complaint, seen.seq)
        self._check_list(fields, place, seen.seq)

    def _wrong(self, result: Fields, start: _Start) -> tuple[str, str]:
        part = self._parts.pop(word(result, "part"), None)
        serial = word(result, "serial")
        if part is None or part.seq < start.seq:
            return "CHALLENGE-01", f"its result for {serial} names no challenge part that came after its start"
        if part.serial != serial:
            return "CHALLENGE-01", f"its result for {serial} names record {part.seq}, the part {part.serial}"
        if start.registered is not None and (serial, result["class"]) not in start.registered.items():
            return "CHALLENGE-02", f"it says that {serial} shows {result['class']}, the registered set does not"
        if result["class"] is None and result["found"] is not (part.verdict == "PASS"):
            return "CHALLENGE-02", f"whether it says that {serial} was judged good is not what record {part.seq} says"
        if result["class"] is not None and result["found"] and not part.shows(word(result, "class")):
            return "CHALLENGE-02", f"it says that {serial} was found, record {part.seq} does not"
        if result["rejected"] is not (part.confirmed == "reject"):
            return "CHALLENGE-02", f"where it says that {serial} went is not what its outcome says"
        return "", ""

    def _check_list(self, fields: Fields, place: str, seq: int) -> None:
        if fields["passed_since"] is None:
            return
        named = inner(fields, "passed_since")
        name = word(named, "file")
        try:
            found = self._files.digest(f"challenge/{name}")
        except OSError as error:
            message = f"{name} cannot be read: {error.strerror}"
            self._report.unchecked("CHALLENGE-03", place, message, seq)
            return
        if found is None:
            self._report.skip(f"the list {name} of passed parts is not here")
        elif found[1] != named["sha256"]:
            self._report.tamper("CHALLENGE-03", place, f"the list {name} of passed parts was changed", seq)


def _parts_of(data: bytes) -> dict[str, object]:
    """The class of each part of a set by its serial, None of a good one; nothing if it is no set."""
    try:
        parts = tomllib.loads(data.decode("utf-8"))["parts"]
        return {str(part["serial"]): part.get("class") for part in parts}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}  # then the set does not have the parts that the start says


def _contradiction(fields: Fields, results: list[Fields], start: _Start) -> str:
    """What in the record does not fit together; empty when all does."""
    rejected = sum(1 for result in results if result["rejected"])
    if (whole(fields, "parts_in"), whole(fields, "parts_out")) != (len(results), rejected):
        return "its counts in and out are not those of its results"
    if fields["result"] == "failed":
        return ""
    if fields["missing"] or not all(result["found"] and result["rejected"] for result in results):
        return "it says passed, and not every part was shown, found and rejected"
    times = Counter(word(result, "serial") for result in results)
    if len(times) != start.parts or min(times.values()) < start.presentations:
        return "it says passed, and not every registered part was shown as often as its start says"
    return ""
