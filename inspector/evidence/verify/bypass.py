# SPDX-License-Identifier: AGPL-3.0-or-later
"""What records say about bypasses: who signed for them, how long they ran, and which parts passed under them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.note import NoteKey, open_note, split_note
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, objects, whole, word

MAX_SENTENCES = 20
LONGEST = timedelta(hours=8)
SLACK_US = 1_000_000
"""Between the moment when a bypass is counted from and the moment of its record."""
_LONGEST_PERMIT = 8_000
_KEY_NAME = "bypass-authority"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_PERMIT = re.compile(
    r"inspector/bypass-permit/v1\n"
    r"station (?P<station>[A-Za-z0-9._-]{1,64})\n"
    rf"not-before (?P<begin>{_MOMENT})\n"
    rf"not-after (?P<end>{_MOMENT})\n"
    r"scope (?P<scope>no-verdict|all)\n"
    r"parts (?P<parts>[1-9][0-9]{0,6})\n"
    r"nonce (?P<nonce>[0-9a-f]{32})\n"
    r"by (?P<by>[^\n]+)\n"
    r"reason (?P<reason>[^\n]+)\n"
)


@dataclass(slots=True)
class _Bypass:
    seq: int
    boot: str
    scope: str
    parts: int
    ends_mono_us: int
    words: str
    digest: str
    passed: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    seq: int
    mono_us: int
    ends_mono_us: int


class BypassChecker:
    """Follows each bypass from its permit to its end.

    Args:
        files: Where the permits are.
        report: Takes the findings.
        begin: Where the records begin.
        authorities: Public keys that the auditor knows to be allowed to sign permits; empty if none are known.
    """

    def __init__(
        self, files: Files, report: VerificationReport, begin: Begin, authorities: Sequence[bytes] = ()
    ) -> None:
        self._files = files
        self._report = report
        self._begin = begin
        self._first = True
        self._authorities = [key.hex() for key in authorities]
        self._running: _Bypass | None = None
        self._nonces: set[str] = set()
        self._waiting: dict[str, _Part] = {}
        self._said: list[_Bypass] = []
        self._shifts: list[int] = []
        self.rules: Rules = {
            "part": self._part,
            "outcome": self._outcome,
            "bypass-start": self._start,
            "bypass-end": self._end,
            "shift-close": self._close,
        }

    def _part(self, fields: Fields, seen: Seen) -> None:
        if fields["verdict"] != "BYPASSED":
            return
        self._report.count("bypassed parts")
        running = self._running
        if running is None or word(fields, "boot") != running.boot:
            self._tamper("BYPASS-01", seen.seq, "the part is BYPASSED, and no bypass runs")
            return
        running.passed += 1
        self._waiting[seen.digest.hex()] = _Part(seen.seq, whole(fields, "mono_us"), running.ends_mono_us)
        views = objects(fields, "views")
        seen_well = [view for view in views if view["gate"] is not None]
        refused = any(view["verdict"] != "PASS" for view in seen_well)
        judged = bool(seen_well) and (refused or len(seen_well) == len(views))
        if running.passed > running.parts:
            self._tamper("BYPASS-01", seen.seq, f"it is BYPASSED part {running.passed} of {running.parts} permitted")
        elif fields["purpose"] == "challenge":
            self._tamper("BYPASS-01", seen.seq, "a challenge part is BYPASSED")
        elif judged and running.scope == "no-verdict":
            self._tamper("BYPASS-01", seen.seq, "the part was judged, the permit is for parts without a verdict")

    def _outcome(self, fields: Fields, seen: Seen) -> None:
        part = self._waiting.pop(fields["part"], None)
        if part is not None and fields["commanded"] == "accept" and part.mono_us > part.ends_mono_us:
            late_s = (part.mono_us - part.ends_mono_us) / 1e6
            self._tamper("BYPASS-02", seen.seq, f"record {part.seq} was let through {late_s:.3f} s after the bypass")

    def _start(self, fields: Fields, seen: Seen) -> None:
        self._report.count("bypasses")
        self._first = False
        if self._running is not None:
            self._tamper("BYPASS-04", seen.seq, f"the bypass of record {self._running.seq} has not ended")
        nonce = word(fields, "nonce")
        if nonce in self._nonces:
            self._tamper("BYPASS-04", seen.seq, "its permit was used before")
        self._nonces.add(nonce)
        authority = word(fields, "authority")
        if self._authorities and authority not in self._authorities:
            self._tamper("BYPASS-05", seen.seq, "its permit is signed by a key that you do not know")
        words = self._permit(fields, seen.seq)
        self._running = _Bypass(
            seen.seq,
            word(fields, "boot"),
            word(fields, "scope"),
            whole(fields, "parts"),
            whole(fields, "ends_mono_us"),
            f"{words}; permit signed by key {key_fingerprint(bytes.fromhex(authority))[:16]}",
            seen.digest.hex(),
        )
        self._said.append(self._running)
        self._shifts.append(whole(fields, "shift"))

    def _end(self, fields: Fields, seen: Seen) -> None:
        running, self._running = self._running, None
        first, self._first = self._first, False
        if running is None and first and self._begin.is_before("ends of a bypass"):
            return
        if running is None or running.digest != fields["start"]:
            self._tamper("BYPASS-04", seen.seq, "it ends no bypass that runs")

    def _close(self, _fields: Fields, seen: Seen) -> None:
        if self._running is not None:
            message = f"the bypass of record {self._running.seq} has not ended before its shift"
            self._tamper("BYPASS-04", seen.seq, message)

    def _permit(self, fields: Fields, seq: int) -> str:
        """Check the permit of a start; what it says, in words."""
        digest = word(fields, "permit")
        try:
            data = self._files.read(f"documents/{digest}", _LONGEST_PERMIT)
        except OSError as error:
            self._report.unchecked("BYPASS-03", f"record {seq}", f"its permit cannot be read: {error.strerror}", seq)
            return "permit not read"
        if data is None:
            self._report.unchecked("BYPASS-03", f"record {seq}", f"its permit {digest} is missing", seq)
            return "permit missing"
        complaint, words = _read_permit(data, fields)
        if hashlib.sha256(data).hexdigest() != digest:
            complaint = "its permit does not have the hash that it names"
        if complaint:
            self._tamper("BYPASS-03", seq, complaint)
        return words

    def _tamper(self, rule: str, seq: int, message: str) -> None:
        self._report.tamper(rule, f"record {seq}", message, seq)

    def finish(self) -> None:
        """After the last record: say what passed under which bypass."""
        for shift, one in list(zip(self._shifts, self._said, strict=True))[-MAX_SENTENCES:]:
            parts = "1 part" if one.passed == 1 else f"{one.passed} parts"
            scope = "all parts" if one.scope == "all" else "parts without a verdict"
            self._report.say(f"shift {shift}: BYPASS of {scope}, {parts} recorded as BYPASSED: {one.words}")
        if len(self._said) > MAX_SENTENCES:
            self._report.say(f"{len(self._said) - MAX_SENTENCES} earlier bypasses: see their bypass-start records")
        if self._said and not self._authorities:
            self._report.skip("the keys that sign permits of a bypass were taken from the records, not from you")


def _read_permit(data: bytes, fields: Fields) -> tuple[str, str]:
    """What is wrong with a permit, empty if nothing is; and what it says."""
    try:
        text, _ = split_note(data)
        found = _PERMIT.fullmatch(text)
        if found is None:
            return "its permit is malformed", "permit malformed"
        words = f"by {found['by']}, {found['reason']}"
        open_note(data, [NoteKey(_KEY_NAME, bytes.fromhex(word(fields, "authority")))])
        begin, end = (datetime.fromisoformat(found[name].replace("Z", "+00:00")) for name in ("begin", "end"))
    except (FormatInvalid, SignatureInvalid) as error:
        return f"its permit is not signed by the key that it names: {error.message}", "permit not valid"
    except ValueError:
        return "its permit has a time that is none", "permit malformed"
    stated = (found["station"], found["scope"], int(found["parts"]), found["nonce"])
    if stated != tuple(fields[name] for name in ("station", "scope", "parts", "nonce")):
        return "its station, scope, parts or nonce are not those of its permit", words
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    begin_us, end_us = ((moment - epoch) // timedelta(microseconds=1) for moment in (begin, end))
    t_us, ends_us = whole(fields, "t_us"), whole(fields, "ends_us")
    if end - begin > LONGEST or not begin_us <= t_us < end_us + SLACK_US or ends_us > end_us:
        return "it begins or ends outside the times of its permit, or the permit holds for more than 8 hours", words
    if whole(fields, "ends_mono_us") - whole(fields, "mono_us") > ends_us - t_us + SLACK_US:
        return "it runs longer than it says", words
    return "", words
