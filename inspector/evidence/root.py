# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an offline plant root says of station keys: certificates and revocations (docs/formats.md, section 14).

They carry no times: whoever holds a stolen key could sign any. A revocation counts entries of a log instead, whose
order nobody can change afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.keys import DocumentSigner, parse_public_key
from inspector.evidence.note import NoteKey, check_key_name, decode_decimal, open_note, sign_note, split_note

CERTIFICATE_TITLE = "inspector/key-certificate/v1"
REVOCATION_TITLE = "inspector/key-revocation/v1"
KEY_NAME = "plant-root"
MAX_DOCUMENT = 8_000
MAX_TEXT = 500
_CERTIFICATE_FIELDS = ("station", "key", "by")
_REVOCATION_FIELDS = ("station", "key", "log", "below", "by", "reason")
_STATION = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """This is the key of this station.

    Attributes:
        station: Name of the station.
        key: Raw public key, 32 bytes.
        by: Who says so.
    """

    station: str
    key: bytes
    by: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value is out of its range.
        """
        return _written(CERTIFICATE_TITLE, _CERTIFICATE_FIELDS, (self.station, self.key.hex(), self.by), self)


@dataclass(frozen=True, slots=True)
class Revocation:
    """This key of this station was good for some first entries of a log only.

    Attributes:
        station: Name of the station.
        key: Raw public key, 32 bytes.
        log: Origin of the log.
        below: What the key signed is valid only as an entry with a smaller index.
        by: Who says so.
        reason: Why.
    """

    station: str
    key: bytes
    log: str
    below: int
    by: str
    reason: str

    def text(self) -> str:
        """The text that is signed.

        Raises:
            FormatInvalid: A value is out of its range.
        """
        values = (self.station, self.key.hex(), self.log, str(self.below), self.by, self.reason)
        return _written(REVOCATION_TITLE, _REVOCATION_FIELDS, values, self)


RootStatement = Certificate | Revocation


def _written(title: str, names: tuple[str, ...], values: tuple[str, ...], statement: RootStatement) -> str:
    text = "\n".join([title, *(f"{name} {value}" for name, value in zip(names, values, strict=True))]) + "\n"
    if parse_root_statement(text) != statement:
        raise FormatInvalid("The statement cannot be written down as it is", "Give each text in one line")
    return text


def parse_root_statement(text: str) -> RootStatement:
    """Read the text of a certificate or a revocation, in its one spelling.

    Raises:
        FormatInvalid: It is something else, or a value is out of its range.
    """
    lines = text.split("\n")
    names = {CERTIFICATE_TITLE: _CERTIFICATE_FIELDS, REVOCATION_TITLE: _REVOCATION_FIELDS}.get(lines[0])
    if names is None or len(lines) != len(names) + 2 or lines[-1]:
        raise FormatInvalid("This is neither a certificate nor a revocation of a station key")
    values = {}
    for name, line in zip(names, lines[1:-1], strict=True):
        key, _, value = line.partition(" ")
        if key != name or not value or value != value.strip():
            raise FormatInvalid(f"The statement has no '{name}' where it belongs")
        values[name] = value
    for name in ("by", "reason"):
        if len(values.get(name, "")) > MAX_TEXT or not values.get(name, "").isprintable():
            raise FormatInvalid(f"'{name}' of the statement is not one line of at most {MAX_TEXT} characters")
    if not _STATION.fullmatch(values["station"]):
        raise FormatInvalid("The station of the statement is malformed")
    station, public_key = values["station"], parse_public_key(values["key"])
    if names is _CERTIFICATE_FIELDS:
        return Certificate(station, public_key, values["by"])
    log, below = check_key_name(values["log"]), decode_decimal(values["below"], "index")
    return Revocation(station, public_key, log, below, values["by"], values["reason"])


def sign_root_statement(statement: RootStatement, root: bytes, signer: DocumentSigner) -> str:
    """The statement as a signed note.

    Args:
        statement: What is said.
        root: Raw public key of the plant root, 32 bytes.
        signer: Its private half.

    Raises:
        FormatInvalid: A value is out of its range.
    """
    return sign_note(statement.text(), NoteKey(KEY_NAME, root), signer)


def open_root_statement(document: bytes, root: bytes) -> RootStatement:
    """Check a statement against the plant root.

    Raises:
        FormatInvalid: It is malformed.
        SignatureInvalid: The root did not sign it.
    """
    if len(document) > MAX_DOCUMENT:
        raise FormatInvalid(f"A statement of {len(document)} bytes is too long")
    statement = parse_root_statement(split_note(document)[0])
    open_note(document, [NoteKey(KEY_NAME, root)])
    return statement
