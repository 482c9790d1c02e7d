# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents whose hashes records name (model card, recipe, camera settings): `documents/<sha256>`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from inspector.durable import make_directory, write_durable
from inspector.errors import EvidenceError, StoreError

FOLDER = "documents"


class DocumentStore:
    """Content-addressed files.

    Args:
        station: Station directory.
    """

    def __init__(self, station: Path) -> None:
        self._folder = station / FOLDER

    def path_of(self, digest: str) -> Path:
        """Where the document with this SHA-256 is, or would be."""
        return self._folder / digest

    def put(self, data: bytes) -> str:
        """Keep a document; returns its SHA-256, 64 hex digits. It is durable when this returns.

        Raises:
            StoreError: It cannot be written.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self.path_of(digest)
        try:
            if not path.is_file() or path.read_bytes() != data:
                make_directory(self._folder)
                write_durable(path, data)
        except OSError as error:
            raise StoreError(f"Document {path} cannot be written: {error}", "Check the disk") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Read a document.

        Raises:
            StoreError: It is not there.
            EvidenceError: Its bytes do not have this hash.
        """
        try:
            data = self.path_of(digest).read_bytes()
        except OSError as error:
            raise StoreError(f"Document {digest} cannot be read: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise EvidenceError(f"Document {digest} was changed", "Run `inspector verify`")
        return data
