# SPDX-License-Identifier: AGPL-3.0-or-later
"""Permits of a bypass: what quality allows, signed on their own machine (docs/formats.md, section 2.15)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import SigningKey
from inspector.evidence.note import NoteKey, open_note, sign_note, split_note
from inspector.evidence.statement_lines import check_words, read_lines, time_text, time_us, write_lines

TITLE = "inspector/bypass-permit/v1"
KEY_NAME = "bypass-authority"
MAX_DOCUMENT = 8_000
MAX_PARTS = 1_000_000
LONGEST_US = 8 * 3_600_000_000
"""A permit holds for 8 hours at most: one shift."""
FIELDS = ("station", "not-before", "not-after", "scope", "parts", "nonce", "by", "reason")
_WHAT = "permit of a bypass"
_STATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_PARTS = re.compile(r"[1-9][0-9]{0,6}")


class Scope(StrEnum):
    """Which parts a bypass lets through."""

    NO_VERDICT = "no-verdict"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Permit:
    """What is allowed.

    Attributes:
        station: The one station that it is for.
        not_before_us: From when on it may be used, UTC, whole seconds in microseconds.
        not_after_us: Until when.
        scope: Which parts pass.
        parts: How many of them at most.
        nonce: 32 hex digits; a station takes each once.
        by: Who gives it.
        reason: Why.
    """

    station: str
    not_before_us: int
    not_after_us: int
    scope: Scope
    parts: int
    nonce: str
    by: str
    reason: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value is out of its range.
        """
        values = (
            self.station,
            time_text(self.not_before_us),
            time_text(self.not_after_us),
            self.scope.value,
            str(self.parts),
            self.nonce,
            self.by,
            self.reason,
        )
        text = write_lines(TITLE, dict(zip(FIELDS, values, strict=True)))
        if parse_permit(text) != self:
            raise FormatInvalid("The permit cannot be written down as it is")
        return text


def parse_permit(text: str) -> Permit:
    """Read the text of a permit, in its one spelling.

    Raises:
        FormatInvalid: It is something else, or a value is out of its range.
    """
    values = read_lines(text, TITLE, FIELDS, _WHAT, "Make one with `inspector bypass authorise`")
    if not _STATION.fullmatch(values["station"]) or not _NONCE.fullmatch(values["nonce"]):
        raise FormatInvalid("Station or nonce of the permit are malformed")
    if not _PARTS.fullmatch(values["parts"]) or int(values["parts"]) > MAX_PARTS:
        raise FormatInvalid(f"The permit allows {values['parts'][:20]!a} parts, not 1 to {MAX_PARTS}")
    if values["scope"] not in tuple(Scope):
        raise FormatInvalid(f"The permit's scope is {values['scope'][:20]!a}")
    check_words(values, ("by", "reason"), "permit")
    not_before_us, not_after_us = (time_us(values[name], "permit") for name in ("not-before", "not-after"))
    if not 0 < not_after_us - not_before_us <= LONGEST_US:
        raise FormatInvalid("The permit does not hold for up to 8 hours")
    return Permit(
        values["station"],
        not_before_us,
        not_after_us,
        Scope(values["scope"]),
        int(values["parts"]),
        values["nonce"],
        values["by"],
        values["reason"],
    )


def sign_permit(permit: Permit, key: SigningKey) -> str:
    """The permit as a signed note.

    Raises:
        FormatInvalid: A value is out of its range.
    """
    return sign_note(permit.text(), NoteKey(KEY_NAME, key.public_key), key)


def open_permit(document: bytes, authorities: Sequence[bytes]) -> tuple[Permit, bytes]:
    """Check a permit against the keys that may give one.

    Args:
        document: The signed note.
        authorities: Raw Ed25519 public keys, 32 bytes each.

    Returns:
        The permit, and the key that signed it.

    Raises:
        FormatInvalid: It is malformed.
        SignatureInvalid: None of the keys signed it.
    """
    if len(document) > MAX_DOCUMENT:
        raise FormatInvalid(f"A permit of {len(document)} bytes is too long")
    permit = parse_permit(split_note(document)[0])
    for key in authorities:
        try:
            open_note(document, [NoteKey(KEY_NAME, key)])
        except SignatureInvalid:
            continue
        return permit, key
    raise SignatureInvalid("No key that may authorise a bypass here signed the permit")
