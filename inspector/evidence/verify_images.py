# SPDX-License-Identifier: AGPL-3.0-or-later
"""Image files and documents: stored under a hash, so each can be checked alone."""

from __future__ import annotations

import re
from pathlib import Path

from inspector.evidence.report import VerificationReport
from inspector.evidence.verify_files import digest_file

_CACHE_SIZE = 10_000
_DIGEST = re.compile("[0-9a-f]{64}")


class ImageChecker:
    """Looks at image files as the records name them.

    Args:
        directory: Station directory.
        report: Takes the findings.
        enabled: Whether to read image files at all.
    """

    def __init__(self, directory: Path, report: VerificationReport, *, enabled: bool) -> None:
        self._images = directory / "images"
        self._report = report
        self._enabled = enabled
        self._skipped = 0
        self._good: dict[str, tuple[int, str]] = {}

    def check(self, digest: str, file_sha256: str, size: int, seq: int) -> None:
        """Check the file that an image-stored record names.

        Args:
            digest: Digest of the pixels, the name of the file.
            file_sha256: What the file must hash to.
            size: What its size must be, bytes.
            seq: Number of the image-stored record.
        """
        if not self._enabled:
            self._skipped += 1
            return
        self._report.count("images")
        known = self._good.get(digest)
        if known is None:
            path = self._images / digest[:2] / f"{digest}.png"
            try:
                known = digest_file(path)
            except OSError as error:
                message = f"image {digest} cannot be read: {error.strerror}"
                self._report.unchecked("IMAGE-01", f"record {seq}", message, seq)
                return
            if known is None:
                message = f"image {digest} is missing, and no record says why"
                self._report.tamper("IMAGE-02", f"record {seq}", message, seq)
                return
            if len(self._good) < _CACHE_SIZE:
                self._good[digest] = known
        if known != (size, file_sha256):
            self._report.tamper("IMAGE-01", f"record {seq}", f"the file of image {digest} was changed", seq)

    def finish(self) -> None:
        """Say what was left out."""
        if self._skipped:
            self._report.skip(f"{self._skipped} images were not re-read")
        elif self._report.checked.get("images"):
            self._report.skip("image files were compared by file hash; pixels were not decoded again")


def check_documents(directory: Path, report: VerificationReport, named: dict[str, str]) -> None:
    """Check each file in `documents/` against its name, and what records name against the files.

    Args:
        directory: Station directory.
        report: Takes the findings.
        named: Hashes that records name, with a word for what they are.
    """
    folder = directory / "documents"
    present: set[str] = set()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not _DIGEST.fullmatch(path.name):
            continue
        try:
            found = digest_file(path)
        except OSError as error:
            report.unchecked("DOC-01", f"document {path.name}", f"it cannot be read: {error.strerror}")
            continue
        if found is None:
            continue
        present.add(path.name)
        report.count("documents")
        if found[1] != path.name:
            report.tamper("DOC-01", f"document {path.name}", "its content does not have the hash in its name")
    missing = sorted({what for digest, what in named.items() if digest not in present})
    if missing:
        report.skip(f"documents that records name are not here: {', '.join(missing)}")
