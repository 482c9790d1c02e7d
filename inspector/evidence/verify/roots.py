# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the plant root says of the station's keys: which are the station's, and from where on one counts no more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.note import NoteKey, open_note, split_note
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.keys import RotationSeen
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, word

_LONGEST = 8_000
_KEY_NAME = "plant-root"
_STATEMENT = re.compile(
    r"inspector/key-(?:(?P<certificate>certificate)|revocation)/v1\n"
    r"station (?P<station>[A-Za-z0-9._-]{1,64})\n"
    r"key (?P<key>[0-9a-f]{64})\n"
    r"(?(certificate)|log (?P<log>[^\n ]+)\nbelow (?P<below>0|[1-9][0-9]{0,17})\n)"
    r"by [^\n]{1,500}\n"
    r"(?(certificate)|reason (?P<reason>[^\n]{1,500})\n)"
)


class RootChecker:
    """Takes the statements that the auditor gave and those that records name, and applies them at the end.

    Args:
        files: Where the statements are that records name.
        report: Takes the findings.
        root: Raw public key of the plant root as the auditor knows it; None if none is known.
        given: Statements that the auditor brought, by the name of their file.
    """

    def __init__(
        self, files: Files, report: VerificationReport, root: bytes | None, given: Sequence[tuple[str, bytes]]
    ) -> None:
        self._files = files
        self._report = report
        self._root = root
        self._given = given
        self._certified: list[bytes] = []
        self._revoked: dict[tuple[bytes, str], tuple[int, str]] = {}
        self._recorded: list[bytes] = []
        self._elsewhere: dict[str, bytes] = {}
        self.rules: Rules = {"key-statement": self._statement}

    @property
    def certified(self) -> Sequence[bytes] | None:
        """The keys that the root says are the station's; None when the auditor knows no root."""
        return None if self._root is None else self._certified

    def _statement(self, fields: Fields, seen: Seen) -> None:
        """Check a key-statement record, and remember the statement that it names."""
        seq = seen.seq
        self._report.count("statements of a plant root")
        place, digest = f"record {seq}", word(fields, "statement")
        self._elsewhere.pop(digest, None)
        try:
            data = self._files.read(f"documents/{digest}", _LONGEST)
        except OSError as error:
            self._report.unchecked("KEY-05", place, f"its statement cannot be read: {error.strerror}", seq)
            return
        if data is None:
            self._report.unchecked("KEY-05", place, f"its statement {digest} is missing", seq)
            return
        root = bytes.fromhex(word(fields, "root"))
        found, complaint = _open(data, root)
        if hashlib.sha256(data).hexdigest() != digest:
            complaint = "its statement does not have the hash that it names"
        elif found is not None:
            kind = "certificate" if found["certificate"] else "revocation"
            if (kind, found["key"], found["station"]) != (fields["says"], fields["key"], fields["station"]):
                complaint = "it does not say what its statement says"
        if complaint:
            self._report.tamper("KEY-05", place, complaint, seq)
        elif self._root is None:
            self._report.skip("records name statements of a plant root; without its key they count for nothing")
        elif root != self._root:
            self._report.skip("records name statements of a plant root that you do not know; they count for nothing")
        else:
            self._recorded.append(data)

    def take_documents(self, station: str) -> set[str]:
        """Take the statements of records that are not here, as those of other shifts than a bundle holds.

        Args:
            station: Name of the station.

        Returns:
            Names of all documents that look like statements about this station; who knows no root cannot see more.

        Raises:
            OSError: A document cannot be read.
        """
        found = set()
        for name in self._files.names("documents"):
            data = self._files.read(f"documents/{name}", _LONGEST)
            if data is not None and is_about(data, station) and hashlib.sha256(data).hexdigest() == name:
                found.add(name)
                self._elsewhere[name] = data
        return found

    def finish(self) -> None:
        """After the last record: take all statements."""
        for data in self._elsewhere.values():
            if self._root is None:
                self._report.skip("there are statements of a plant root here; without its key they count for nothing")
            elif _open(data, self._root)[0] is not None:
                self._take(data)
        for data in self._recorded:
            self._take(data)
        for name, data in self._given:
            self._take_given(name, data)

    def _take_given(self, name: str, data: bytes) -> None:
        if self._root is None:
            self._report.unchecked("KEY-05", name, "you gave no key of a plant root to check it with")
            return
        found, complaint = _open(data, self._root)
        if found is not None and found["station"] != self._report.station:
            complaint = f"it is of station {found['station']}"
        if complaint:
            self._report.unchecked("KEY-05", name, complaint)
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        found = _STATEMENT.fullmatch(split_note(data)[0])
        if found is None:
            return
        key = bytes.fromhex(found["key"])
        name = key_fingerprint(key)[:16]
        if found["certificate"]:
            self._certified.append(key)
            self._report.say(f"the plant root says that key {name} is this station's")
            return
        below, log, reason = int(found["below"]), found["log"], found["reason"]
        self._report.say(f"the plant root revoked key {name} from entry {below} of {log} on: {reason}")
        before = self._revoked.get((key, log))
        if before is None or below < before[0]:
            self._revoked[key, log] = below, name

    def apply(
        self, statements: Statements, rotations: Sequence[RotationSeen], indexes: Mapping[tuple[str, str], int]
    ) -> None:
        """Hold what a revoked key signed against the log.

        Args:
            statements: The station's seals and heads.
            rotations: Its rotations.
            indexes: Entry in a log, by document hash and origin, where a receipt proves it.
        """
        for (key, log), (below, name) in self._revoked.items():
            words = f"key {name} is revoked from entry {below} of {log} on"
            for rotation in rotations:
                if rotation.old == key:
                    self._judge(indexes.get((rotation.digest, log)), below, words, rotation.place, rotation.seq)
            fingerprint = key_fingerprint(key)
            for statement in statements.all():
                if statement.fields["key"] != fingerprint or statement.signature is None:
                    continue
                index = indexes.get((statement.digest, log))
                seal = statements.seals.get(statement.shift)
                # A head that the log has not seen says nothing that its seal does not say, once there is one.
                if statement.kind == "seal" or seal is None or index is not None:
                    self._judge(index, below, words, statement.place, statement.last)

    def _judge(self, index: int | None, below: int, words: str, place: str, order: int) -> None:
        if index is None:
            message = f"{words}, and no receipt shows that this was there before"
            self._report.unchecked("KEY-04", place, message, order)
        elif index >= below:
            self._report.tamper("KEY-04", place, f"{words}, this is entry {index}", order)


def is_about(data: bytes, station: str) -> bool:
    """Whether a document has the form of a statement about a station."""
    try:
        found = _STATEMENT.fullmatch(split_note(data)[0]) if len(data) <= _LONGEST else None
    except FormatInvalid:
        return False
    return found is not None and found["station"] == station


def _open(data: bytes, root: bytes) -> tuple[re.Match[str] | None, str]:
    """A statement that the root signed, or None and what is wrong with it."""
    try:
        found = _STATEMENT.fullmatch(split_note(data)[0]) if len(data) <= _LONGEST else None
        if found is None:
            return None, "it is no certificate or revocation of a key"
        open_note(data, [NoteKey(_KEY_NAME, root)])
    except FormatInvalid as error:
        return None, f"it is malformed: {error.message}"
    except SignatureInvalid:
        return None, "the plant root did not sign it"
    return found, ""
