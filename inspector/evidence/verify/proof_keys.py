# SPDX-License-Identifier: AGPL-3.0-or-later
"""The keys of a proof: the station's first one, and the statements by which each handed over to the next."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import NoteKey, open_note, split_note
from inspector.evidence.verify.keys import RotationSeen
from inspector.evidence.verify.report import VerificationReport

_NAME = "station-key"
_STATEMENT = re.compile(
    r"inspector/key-rotation/v1\n"
    r"station ([A-Za-z0-9._-]{1,64})\n"
    r"old ([0-9a-f]{64})\n"
    r"new ([0-9a-f]{64})\n"
    r"first-shift ([1-9][0-9]{0,14})\n"
    r"reason [^\n]{1,500}\n"
)


class ProofKeys:
    """Which key seals which shift, and whether the reader knows one of them.

    Args:
        station: Name of the station.
        first: Its first raw public key, 32 bytes.
        statements: Rotations, oldest first.
        report: Takes the findings.

    Attributes:
        rotations: The statements by their numbers from 0, those that can be read.
    """

    def __init__(self, station: str, first: bytes, statements: Sequence[str], report: VerificationReport) -> None:
        self._report = report
        self._keys = [first]
        self._since = [1]
        self._trusted: bytes | None = None
        self.rotations: dict[int, RotationSeen] = {}
        for number, text in enumerate(statements, 1):
            self._take(station, text, number)

    def _take(self, station: str, text: str, number: int) -> None:
        place = f"rotation {number}"
        data = text.encode("utf-8", "surrogatepass")
        try:
            body, signatures = split_note(data)
            found = _STATEMENT.fullmatch(body)
            if found is None or len(signatures) != 2:
                raise FormatInvalid("it does not have the form of a rotation")
            old, new = bytes.fromhex(found[2]), bytes.fromhex(found[3])
            for key in (old, new):
                open_note(data, [NoteKey(_NAME, key)])
        except FormatInvalid as error:
            self._report.tamper("KEY-02", place, error.message)
            return
        except SignatureInvalid:
            self._report.tamper("KEY-02", place, "it is not signed by both keys")
            return
        if found[1] != station:
            self._report.tamper("KEY-02", place, f"it is of station {found[1]}")
        if old != self._keys[-1] or new in self._keys or int(found[4]) <= self._since[-1]:
            self._report.tamper("KEY-03", place, "it does not follow the rotation before it")
        self._keys.append(new)
        self._since.append(int(found[4]))
        seen = RotationSeen(0, int(found[4]), old, new, hashlib.sha256(data).hexdigest(), leaf_hash(data))
        self.rotations[number - 1] = seen

    def of(self, shift: int) -> bytes:
        """The key that seals a shift."""
        return next(
            key for key, since in zip(reversed(self._keys), reversed(self._since), strict=True) if since <= shift
        )

    def check(self, expected: bytes | None, certified: Sequence[bytes] | None = None) -> int:
        """Compare with what the reader knows.

        Args:
            expected: A key of the station or its fingerprint, 32 bytes.
            certified: Keys that the reader's plant root says are the station's; None if they know no root.

        Returns:
            First shift for which that key vouches in full; 1 if there is no such key.
        """
        place = "the station's key"
        if expected is None and certified is not None:
            expected = next((key for key in self._keys if key in certified), None)
            if expected is None:
                self._report.unchecked("KEY-06", place, "your plant root has certified none of the station's keys")
                return 1
        if expected is None:
            message = "you gave no key: it is signed by the key that came with it, and anybody can make such a key"
            self._report.unchecked("KEY-01", place, message)
            return 1
        for key, since in zip(self._keys, self._since, strict=True):
            if expected.hex() in (key.hex(), key_fingerprint(key)):
                self._report.key = key_fingerprint(key)
                self._trusted = key
                return since
        self._report.tamper("KEY-01", place, "it is not the key that you expect")
        return 1

    def leading_to(self, shifts: Sequence[int], certified: Sequence[bytes]) -> list[RotationSeen]:
        """The rotations that the trust in the seals of some shifts stands on.

        Args:
            shifts: Their numbers.
            certified: Keys that need none: the plant root vouches for them.
        """
        known = {key for key in certified if key in self._keys} | ({self._trusted} if self._trusted else set())
        needed: dict[int, RotationSeen] = {}
        for shift in shifts:
            at = self._keys.index(self.of(shift))
            way = []
            while at > 0 and self._keys[at] not in known:
                way.append(self._keys[at])
                at -= 1
            if self._keys[at] in known:
                needed |= {number: one for number, one in self.rotations.items() if one.new in way}
        return [one for _, one in sorted(needed.items())]
