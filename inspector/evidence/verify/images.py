# SPDX-License-Identifier: AGPL-3.0-or-later
"""Image files and documents: stored under a hash, so each can be checked alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from inspector.evidence.verify.files import Files
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, word

_CACHE_SIZE = 10_000
_DIGEST = re.compile("[0-9a-f]{64}")


def image_key(fields: Fields) -> bytes:
    """Which view of which part a record about an image speaks of, short."""
    part, camera = word(fields, "part"), word(fields, "camera")
    return bytes.fromhex(part) + camera.encode()


class ImageChecker:
    """Looks at image files as the records name them.

    Args:
        files: Where the images are.
        report: Takes the findings.
        enabled: Whether to read image files at all.
    """

    def __init__(self, files: Files, report: VerificationReport, *, enabled: bool) -> None:
        self._files = files
        self._report = report
        self._enabled = enabled
        self._skipped = 0
        self._good: dict[str, tuple[int, str]] = {}
        self._missing: dict[bytes, tuple[int, str, int]] = {}
        self._left: dict[str, int] = {}

    def check(self, fields: Fields, seq: int) -> None:
        """Check the file that an image-stored record names.

        Args:
            fields: The record: digest of the pixels, which is the name of the file, its size and SHA-256.
            seq: Its number.
        """
        if not self._enabled:
            self._skipped += 1
            return
        self._report.count("images")
        digest = fields["image_digest"]
        self._left.pop(digest, None)
        known = self._good.get(digest)
        if known is None:
            try:
                known = self._files.digest(_file(digest))
            except OSError as error:
                message = f"image {digest} cannot be read: {error.strerror}"
                self._report.unchecked("IMAGE-01", f"record {seq}", message, seq)
                return
            if known is None:
                self._missing[image_key(fields)] = seq, digest, fields["shift"]
                return
            if len(self._good) < _CACHE_SIZE:
                self._good[digest] = known
        if known != (fields["size"], fields["file_sha256"]):
            self._report.tamper("IMAGE-01", f"record {seq}", f"the file of image {digest} was changed", seq)

    def erased(self, fields: Fields, seq: int) -> None:
        """An image-erased record says why a file is not there.

        Args:
            fields: The record.
            seq: Its number.
        """
        if self._missing.pop(image_key(fields), None) is None:
            self._left[fields["image_digest"]] = seq

    def finish(self, meanwhile: Callable[[], set[str]], ruled: Collection[int], *, complete: bool) -> None:
        """Say which files are missing, which should be, and what was left out.

        Args:
            meanwhile: Digests of the images that a running station has erased since the reading began.
            ruled: Shifts whose images may have been erased by records behind those that are here.
            complete: Whether all records were read.
        """
        if self._missing:
            self._tell_missing(meanwhile(), ruled, complete=complete)
        for digest, seq in self._left.items() if self._enabled and complete else ():
            if self._files.has(_file(digest)):
                message = f"the file of image {digest} is still there, perhaps because another part needs it"
                self._report.warn("IMAGE-07", f"record {seq}", message, seq)
        if self._skipped:
            self._report.skip(f"{self._skipped} images were not re-read")
        elif self._report.checked.get("images"):
            self._report.skip("image files were compared by file hash; pixels were not decoded again")

    def _tell_missing(self, meanwhile: set[str], ruled: Collection[int], *, complete: bool) -> None:
        for seq, digest, shift in self._missing.values():
            place = f"record {seq}"
            if digest in meanwhile:
                self._report.unchecked("IMAGE-02", place, "its image was erased while this was read; run again", seq)
            elif shift in ruled:
                message = f"image {digest} is missing; a record behind those that are here may say why"
                self._report.unchecked("IMAGE-02", place, message, seq)
            elif complete:
                message = f"image {digest} is missing, and no record says why"
                self._report.tamper("IMAGE-02", place, message, seq)
            else:
                message = f"image {digest} is missing, and the records that may say why could not be read"
                self._report.unchecked("IMAGE-02", place, message, seq)


def _file(digest: str) -> str:
    return f"images/{digest[:2]}/{digest}.png"


def check_documents(files: Files, report: VerificationReport, named: dict[str, str]) -> None:
    """Check each file in `documents/` against its name, and what records name against the files.

    Args:
        files: Where the documents are.
        report: Takes the findings.
        named: Hashes that records name, with a word for what they are.
    """
    present: set[str] = set()
    for name in files.names("documents"):
        if not _DIGEST.fullmatch(name):
            continue
        try:
            found = files.digest(f"documents/{name}")
        except OSError as error:
            report.unchecked("DOC-01", f"document {name}", f"it cannot be read: {error.strerror}")
            continue
        if found is None:
            continue
        present.add(name)
        report.count("documents")
        if found[1] != name:
            report.tamper("DOC-01", f"document {name}", "its content does not have the hash in its name")
    missing = sorted({what for digest, what in named.items() if digest not in present})
    if missing:
        report.skip(f"documents that records name are not here: {', '.join(missing)}")
