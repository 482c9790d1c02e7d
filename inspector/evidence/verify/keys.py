# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's keys: which one is in force in which shift, who vouches for it, and what it has signed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint, parse_public_key, verify_signature
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import NoteKey, open_note, split_note
from inspector.evidence.verify.chain import Rules, Seen
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, whole, word

_LONGEST_KEY = 1000
_LONGEST_ROTATION = 8_000
_KEY_NAME = "station-key"
ROTATION_TITLE = b"inspector/key-rotation/v1\n"
_ROTATION = re.compile(
    r"inspector/key-rotation/v1\n"
    r"station (?P<station>[A-Za-z0-9._-]{1,64})\n"
    r"old (?P<old>[0-9a-f]{64})\n"
    r"new (?P<new>[0-9a-f]{64})\n"
    r"first-shift (?P<shift>[1-9][0-9]{0,14})\n"
    r"reason (?P<reason>[^\n]{1,500})\n"
)
_PREFIXES = {"seal": b"inspector/seal/v1\x00", "head": b"inspector/head/v1\x00"}


@dataclass(frozen=True, slots=True)
class RotationSeen:
    """One rotation that a record names.

    Attributes:
        seq: The record; 0 if it is not here, as that of another shift than a bundle holds.
        shift: First shift of the new key.
        old: Raw public key before, 32 bytes.
        new: Raw public key from then on.
        digest: SHA-256 of the statement, as the record names it.
        leaf: Leaf hash of the statement in a log, None if it is not here.
    """

    seq: int
    shift: int
    old: bytes
    new: bytes
    digest: str
    leaf: bytes | None

    @property
    def entry_digest(self) -> bytes:
        """SHA-256 of the statement, 32 bytes: what a time stamp is of."""
        return bytes.fromhex(self.digest)

    @property
    def place(self) -> str:
        """Its name in findings."""
        return f"rotation in record {self.seq}" if self.seq else f"rotation in document {self.digest}"


class KeyChecker:
    """Follows the key from rotation to rotation, and checks at the end what was signed.

    Args:
        files: Where the statements and the public key are.
        report: Takes the findings.
        expected: Raw public key that the auditor knows: the first or any later one; None takes the one that is here.
        origin: What the files are, for people.
    """

    def __init__(
        self, files: Files, report: VerificationReport, expected: bytes | None, origin: str = "the directory"
    ) -> None:
        self._files = files
        self._report = report
        self._expected = expected
        self._origin = origin
        self._here = self._read_key()
        self._later: list[RotationSeen] = []
        self._opened_shift = 0
        self._rotated_shift = 0
        self.rules: Rules = {"shift-open": self._open, "key-rotate": self._rotate}
        self.rotations: list[RotationSeen] = []
        self.by_digest: dict[str, RotationSeen] = {}

    def _read_key(self) -> bytes | None:
        try:
            data = self._files.read("keys/station.pub", _LONGEST_KEY)
            if data is not None:
                return parse_public_key(data.decode("utf-8", "replace"))
            if self._expected is None:
                self._report.unchecked("KEY-01", "keys/station.pub", "it is missing, and you gave no key")
        except FormatInvalid as error:
            self._report.tamper("KEY-01", "keys/station.pub", error.message)
        except OSError as error:
            if self._expected is None:
                self._report.unchecked("KEY-01", "keys/station.pub", f"it cannot be read: {error.strerror}")
        return None

    def _open(self, fields: Fields, _seen: Seen) -> None:
        self._opened_shift = whole(fields, "shift")

    def _rotate(self, fields: Fields, seen: Seen) -> None:
        self._report.count("key rotations")
        seq, shift = seen.seq, whole(fields, "shift")
        old, new = bytes.fromhex(word(fields, "old")), bytes.fromhex(word(fields, "new"))
        known = self._chain()
        if known and known[-1] != old:
            self._misplaced(seq, "the key that it replaces is not the one in force")
        if new in known or new == old:
            self._misplaced(seq, "its new key was in force before")
        if self._opened_shift == shift:
            self._misplaced(seq, "a shift is open: its heads are by the key before")
        if self._rotated_shift == shift:
            self._misplaced(seq, "the key was rotated in this shift already")
        if fields["first_shift"] != shift:
            self._misplaced(seq, f"it says shift {fields['first_shift']}, and stands in shift {shift}")
        self._rotated_shift = shift
        digest = word(fields, "statement")
        data = self._read_statement(digest, seq)
        leaf = None if data is None else leaf_hash(data)
        rotation = RotationSeen(seq, whole(fields, "first_shift"), old, new, digest, leaf)
        self.rotations.append(rotation)
        self.by_digest[digest] = rotation
        before, after = key_fingerprint(old)[:16], key_fingerprint(new)[:16]
        self._report.say(f"shift {rotation.shift}: key {before} was replaced by key {after}: {fields['reason']}")
        if data is not None and (complaint := _wrong(data, fields)):
            self._report.tamper("KEY-02", f"record {seq}", complaint, seq)

    def take_statements(self, station: str, first_shift: int, last_shift: int) -> None:
        """Take the rotations of other shifts than these from their statements, where their records are not here.

        Raises:
            OSError: A document cannot be read.
        """
        found = []
        for name in self._files.names("documents"):
            data = self._files.read(f"documents/{name}", _LONGEST_ROTATION)
            stated = _read(data) if data is not None and hashlib.sha256(data).hexdigest() == name else None
            if data is None or stated is None or stated["station"] != station:
                continue
            old, new = bytes.fromhex(stated["old"]), bytes.fromhex(stated["new"])
            rotation = RotationSeen(0, int(stated["shift"]), old, new, name, leaf_hash(data))
            if not first_shift <= rotation.shift <= last_shift:
                found.append(rotation)
                self.by_digest[name] = rotation
        found.sort(key=lambda rotation: (rotation.shift, rotation.digest))
        for rotation in found:
            if rotation.shift < first_shift:
                self._append(rotation)
        self._later = [rotation for rotation in found if rotation.shift > last_shift]

    def _append(self, rotation: RotationSeen) -> None:
        """A rotation whose record is not here: it must follow the one before."""
        known = self._chain()
        if known and (known[-1] != rotation.old or rotation.new in known):
            message = "the key that it replaces is not the one in force, or its new key was in force before"
            self._report.tamper("KEY-03", rotation.place, message)
        elif self.rotations and self.rotations[-1].shift == rotation.shift:
            self._report.tamper("KEY-03", rotation.place, "the key was rotated in this shift already")
        self.rotations.append(rotation)

    def _chain(self) -> list[bytes]:
        """All keys, in the order in which they were in force; empty if there was no rotation."""
        return [self.rotations[0].old, *(one.new for one in self.rotations)] if self.rotations else []

    def _misplaced(self, seq: int, message: str) -> None:
        self._report.tamper("KEY-03", f"record {seq}", message, seq)

    def _read_statement(self, digest: str, seq: int) -> bytes | None:
        place = f"record {seq}"
        try:
            data = self._files.read(f"documents/{digest}", _LONGEST_ROTATION)
        except OSError as error:
            self._report.unchecked("KEY-02", place, f"its statement cannot be read: {error.strerror}", seq)
            return None
        if data is None:
            self._report.tamper("KEY-02", place, "its statement is not here: nothing vouches for the new key", seq)
        return data

    def finish(self, statements: Statements, certified: Sequence[bytes] | None = None) -> None:
        """After the last record: whose keys these are, and every signature by the key of its shift.

        Args:
            statements: Seals and heads.
            certified: Keys that the auditor's plant root says are this station's; None if they know no root.
        """
        for rotation in self._later:
            self._append(rotation)
        chain = self._chain()
        trusted = self._trusted(chain, certified)
        if trusted is None:
            self._report.skip("signatures were not checked: there is no key")
            return
        self._report.key = key_fingerprint(trusted)
        earlier = chain.index(trusted) if trusted in chain else 0
        last = self.rotations[earlier - 1].shift - 1 if earlier else 0
        if last:
            self._report.skip(
                f"shifts 1 to {last} are signed by earlier keys, for which only a later one vouches: give the first key"
            )
        for statement in statements.all():
            self._check_signature(statement, self._key_of(statement.shift, trusted))

    def _trusted(self, chain: list[bytes], certified: Sequence[bytes] | None) -> bytes | None:
        """The key that everything is measured by."""
        place = "keys/station.pub"
        if self._expected is None and certified is not None:
            own = chain or ([] if self._here is None else [self._here])
            self._expected = next((key for key in own if key in certified), None)
            if self._expected is None:
                message = "your plant root has certified none of the station's keys"
                self._report.unchecked("KEY-06", "station key", message)
        if self._expected is None:
            self._report.skip(f"the station key was taken from {self._origin} itself, not from you")
            if self._here is not None and chain and self._here not in chain:
                self._report.tamper("KEY-01", place, "it is none of the keys that the records name")
            return self._here
        if chain and self._expected not in chain:
            self._report.tamper("KEY-01", place, "none of the station's keys is the key that you expect")
        elif self._here is not None and self._here not in (chain or [self._expected]):
            message = "none of the keys that the records name" if chain else "not the key that you expect"
            self._report.tamper("KEY-01", place, f"it is {message}")
        return self._expected

    def _key_of(self, shift: int, trusted: bytes) -> bytes:
        if not self.rotations:
            return trusted
        key = self.rotations[0].old
        for rotation in self.rotations:
            if rotation.shift <= shift:
                key = rotation.new
        return key

    def _check_signature(self, statement: Statement, key: bytes) -> None:
        if statement.signature is None:
            return
        if statement.fields["key"] != key_fingerprint(key):
            message = (
                "it names another key than that of its shift" if self.rotations else "it names another station key"
            )
            self._report.tamper("SEAL-01", statement.place, message, statement.last)
            return
        try:
            verify_signature(key, statement.signature, _PREFIXES[statement.kind] + statement.data)
        except SignatureInvalid:
            self._report.tamper("SEAL-01", statement.place, "its signature does not verify", statement.last)


def _wrong(data: bytes, fields: Fields) -> str:
    """What is wrong with the statement of a rotation; empty if nothing is."""
    if hashlib.sha256(data).hexdigest() != fields["statement"]:
        return "its statement does not have the hash that it names"
    try:
        found = _stated(data)
        stated = (found["station"], found["old"], found["new"], int(found["shift"]), found["reason"])
        if stated != tuple(fields[name] for name in ("station", "old", "new", "first_shift", "reason")):
            return "it does not say what its statement says"
        _check_both(data, found)
    except FormatInvalid as error:
        return f"its statement is malformed: {error.message}"
    except SignatureInvalid:
        return "its statement is not signed by both keys"
    return ""


def _stated(data: bytes) -> re.Match[str]:
    """What a statement says."""
    text, lines = split_note(data)
    found = _ROTATION.fullmatch(text)
    if found is None or len(lines) != 2:
        raise FormatInvalid("it has other lines")
    return found


def _check_both(data: bytes, found: re.Match[str]) -> None:
    for which in ("old", "new"):
        open_note(data, [NoteKey(_KEY_NAME, bytes.fromhex(found[which]))])


def _read(data: bytes) -> re.Match[str] | None:
    """What a statement says, if it is one and both keys signed it."""
    if not data.startswith(ROTATION_TITLE):
        return None
    try:
        found = _stated(data)
        _check_both(data, found)
    except (FormatInvalid, SignatureInvalid):
        return None
    return found
