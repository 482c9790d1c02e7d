# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements of the plant root about this station's keys: checked, kept, recorded, and shown when they matter now."""

from __future__ import annotations

import logging
from pathlib import Path

from inspector.config import KeySettings
from inspector.errors import EvidenceError, ShiftError, StatementRefused, StoreError
from inspector.evidence.keys import read_public_key
from inspector.evidence.root import Revocation, open_root_statement
from inspector.station.readiness import Reason, key_revoked
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)


class RootStatements:
    """What the plant root has said, as far as the station knows.

    Args:
        station: Station directory.
        name: Name of the station.
        settings: Where the root's public key is.
        writer: Records what comes.
    """

    def __init__(self, station: Path, name: str, settings: KeySettings, writer: RecordWriter) -> None:
        self._station = station
        self._name = name
        self._settings = settings
        self._writer = writer
        self._revoked: set[str] = set()

    def started(self) -> None:
        """Remember what was recorded.

        Raises:
            StoreError: The records cannot be read.
        """
        with RecordReader(self._station) as reader:
            fields = [record.fields for record in reader.key_statements()]
        self._revoked = {str(one["key"]) for one in fields if one["says"] == "revocation"}

    def record(self, document: str, operator: str) -> dict[str, object]:
        """Take a certificate or revocation.

        Args:
            document: The signed note.
            operator: Staff id of who brings it.

        Raises:
            ShiftError: Nobody is named.
            StatementRefused: It is not by the plant root that this station knows, or not about one of its keys.
            StoreError: It cannot be recorded.
        """
        if not operator.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")
        if not self._settings.root:
            raise StatementRefused("this station knows no plant root", "Name its public key in key.root")
        data = document.encode("utf-8", "replace")
        try:
            root = read_public_key(self._station / self._settings.root)
            statement = open_root_statement(data, root)
        except EvidenceError as error:
            raise StatementRefused(error.message, error.advice or "Ask who keeps the plant root") from error
        if statement.station != self._name or statement.key not in self._own_keys():
            advice = "See `inspector key show` for its keys"
            raise StatementRefused("the statement is not about a key of this station", advice)
        kind = "revocation" if isinstance(statement, Revocation) else "certificate"
        fields = {
            "says": kind,
            "statement": DocumentStore(self._station).put(data),
            "root": root.hex(),
            "key": statement.key.hex(),
            "by": self._writer.commit_operator(operator.strip()).result(),
        }
        appended = self._writer.append("key-statement", fields).result()
        if kind == "revocation":
            self._revoked.add(statement.key.hex())
            log.warning("key %s of this station is revoked", statement.key.hex())
        return {"seq": appended.seq, "says": kind, "key": statement.key.hex()}

    def warnings(self) -> list[Reason]:
        """Whether the key in force is one that the root has revoked."""
        return [key_revoked()] if self._writer.public_key.hex() in self._revoked else []

    def _own_keys(self) -> set[bytes]:
        try:
            with RecordReader(self._station) as reader:
                rotations = [record.fields for record in reader.rotations()]
        except StoreError as error:
            raise StatementRefused(error.message, error.advice) from error
        return {self._writer.public_key, *(bytes.fromhex(str(one["old"])) for one in rotations)}
