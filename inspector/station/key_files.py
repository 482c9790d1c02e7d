# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's key in an encrypted file, and how another one takes its place without a moment of doubt.

keys/station.key            PKCS#8 under scrypt (inspector.evidence.keys)
keys/station.pub            its public half
keys/station.key.new        the next key, while a rotation is under way
keys/station.key.new.pub    its public half; removed last
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from inspector.durable import sync_directory, write_durable
from inspector.errors import EvidenceError
from inspector.evidence.keys import SigningKey, create_key, load_key, read_public_key

log = logging.getLogger(__name__)


class FileKeys:
    """The file backend of the station's key (`KeyBackend`).

    Args:
        path: The encrypted key file; its public half is beside it, with the ending `.pub`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._public = path.with_suffix(".pub")
        self._new = path.with_name(path.name + ".new")
        self._new_public = path.with_name(path.name + ".new.pub")

    def public_key(self) -> bytes:
        """See `KeyBackend`."""
        return read_public_key(self._public)

    def create(self, secret: str) -> bytes:
        """See `KeyBackend`."""
        return create_key(self._path, secret, self._public).public_key

    def close(self) -> None:
        """See `KeyBackend`; a file needs none."""

    def unlock(self, secret: str) -> SigningKey:
        """See `KeyBackend`; the secret is the passphrase."""
        return load_key(self._path, secret)

    def prepare(self, secret: str) -> SigningKey:
        """See `KeyBackend`; the new file has the same passphrase."""
        load_key(self._path, secret)
        key = SigningKey.generate()
        try:
            # The public half last: without it nothing of this counts. Both replace what a crash left.
            self._new_public.unlink(missing_ok=True)
            write_durable(self._new, key.encrypted_pem(secret), mode=0o600)
            write_durable(self._new_public, key.public_key.hex().encode("ascii") + b"\n")
        except OSError as error:
            raise EvidenceError(f"{self._new} cannot be written: {error}", "Check the folder of the key") from error
        return key

    def settle(self, current: bytes) -> None:
        """See `KeyBackend`."""
        try:
            for path in self._path.parent.glob(f".{self._path.stem}.*.tmp"):
                path.unlink()
            if self.public_key() == current:
                self._discard()
            elif self._new_public.is_file() and read_public_key(self._new_public) == current:
                self._switch()
            else:
                log.error("%s is not the key that the records name: it stays locked; restore the newer one", self._path)
        except OSError as error:
            message = f"The key files beside {self._path} cannot be changed: {error}"
            raise EvidenceError(message, "Check the folder of the key, then start the station again") from error

    def _switch(self) -> None:
        """Each step may be the last one before a crash; the next start goes on here."""
        if self._new.is_file():
            _overwrite(self._path)
            self._new.replace(self._path)
        write_durable(self._public, self._new_public.read_bytes())
        self._new_public.unlink()
        sync_directory(self._path.parent)
        log.info("the new signing key is in %s; the one before is destroyed", self._path)

    def _discard(self) -> None:
        """The rotation that this was for never happened."""
        if self._new.is_file():
            _overwrite(self._new)
            self._new.unlink()
        self._new_public.unlink(missing_ok=True)
        sync_directory(self._path.parent)


def _overwrite(path: Path) -> None:
    """Destroy a private key as far as a program can: copies, backups and what a drive has moved aside stay."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
