# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence that leaves the station is a record: what, which file, and by whom as far as the station knows."""

from __future__ import annotations

import re
import secrets

from inspector.errors import RequestInvalid, ShiftError
from inspector.evidence.record import clean_text
from inspector.station.people import Person
from inspector.store.writer import RecordWriter

KINDS = ("bundle", "certificate", "proof", "reviews")
LONGEST_ABOUT = 200
WAITING = 32
"""Exports that were begun and are not told of yet; the oldest is forgotten. The api does one at a time."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ExportDesk:
    """Remembers who began an export: a session may be over when a large one is done. Used on the main thread.

    Args:
        writer: The record writer.
    """

    def __init__(self, writer: RecordWriter) -> None:
        self._writer = writer
        self._begun: dict[str, Person] = {}

    def begin(self, person: Person) -> dict[str, object]:
        """Somebody may export, and begins: the ticket comes back with what was made."""
        ticket = secrets.token_hex(16)
        self._begun[ticket] = person
        while len(self._begun) > WAITING:
            del self._begun[next(iter(self._begun))]
        return {"user": person.user, "ticket": ticket}

    def made(self, ticket: str, what: str, about: str, digest: str, size: object) -> dict[str, object]:
        """Record what was made.

        Args:
            ticket: Of `begin`; empty: on the command line, where nobody is named.
            what: One of `KINDS`.
            about: What it covers.
            digest: SHA-256 of the file, 64 hex digits.
            size: Of the file, bytes.

        Raises:
            ShiftError: The ticket is unknown: the station was started again since.
            RequestInvalid: It tells of no export.
            StoreError: It cannot be recorded.
        """
        whole = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53
        if what not in KINDS or not about.strip() or not _DIGEST.fullmatch(digest) or not whole:
            raise RequestInvalid("this tells of no export", "Update this program or the station")
        if ticket and ticket not in self._begun:
            raise ShiftError("the station was started again since the export began", "Export again")
        person = self._begun.pop(ticket) if ticket else Person("")
        user, role = person.user.strip(), person.role
        fields = {
            "what": what,
            "about": clean_text(about.strip(), LONGEST_ABOUT),
            "sha256": digest,
            "size": size,
            "by": self._writer.commit_operator(user).result() if user else None,
            "role": None if role is None else role.value,
        }
        return {"seq": self._writer.append("export", fields).result().seq}
