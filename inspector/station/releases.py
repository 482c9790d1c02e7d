# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases in the station directory: what a record says of one, and its folder, which is never believed unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from inspector.config import Config
from inspector.durable import sync_directory
from inspector.errors import ConfigError, EvidenceError, ReleaseRefused
from inspector.evidence.keys import read_public_key
from inspector.release.folder import Release, copy_release, read_release

FOLDER = "releases"
NAME_DIGITS = 16
"""Hex digits of a release's digest that its folder is named by."""
MOST_SET_ASIDE = 1000
BRING_BACK = (
    "Put its folder back with `inspector release activate RELEASE`, from who has the release, or from a backup;"
    " `inspector release list` says which release it is"
)


@dataclass(frozen=True, slots=True)
class Released:
    """The release that a product is judged by, as the record says that put it in force. SHA-256 and keys in hex.

    Attributes:
        document: SHA-256 of its `release.json`.
        proposal: Of the signed proposal.
        approval: Of the signed approval.
        report: Of the report of its measurement.
        proposer: Raw Ed25519 public key of who proposed it.
        approver: Of who approved it.
    """

    document: str
    proposal: str
    approval: str
    report: str
    proposer: str
    approver: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Released | None:
        """The one that a change record names; None if it names none."""
        named = fields.get("release")
        if not isinstance(named, Mapping):
            return None
        return cls(**{name: str(named[name]) for name in cls.__slots__})

    def fields(self) -> dict[str, object]:
        """As the record has it."""
        return asdict(self)


def folder_of(station: Path, digest: str) -> Path:
    """The folder of a release in the station directory.

    Args:
        station: Station directory.
        digest: SHA-256 of its `release.json`, hex.
    """
    return station / FOLDER / digest[:NAME_DIGITS]


def read_released(station: Path, released: Released) -> Release:
    """Read the release that a record names, and check every file of it.

    Its signatures were checked when it was activated, against the keys that were trusted then; records keep the notes.

    Raises:
        ReleaseRefused: Its folder is missing, damaged, or holds another release.
    """
    path = folder_of(station, released.document)
    words = f"release {released.document[:NAME_DIGITS]}, by which records say that parts are judged, cannot be used"
    try:
        release = read_release(path)
    except ReleaseRefused as error:
        raise ReleaseRefused(f"{words}: {error.message}", BRING_BACK) from error
    if release.digest != released.document:
        raise ReleaseRefused(f"{words}: {path} holds another release", BRING_BACK)
    return release


def place(station: Path, release: Release) -> Path:
    """Copy a release with its signatures among those of a station, whole or not at all.

    A damaged folder of the same release is set aside, not removed: somebody may want to know what happened to it.

    Args:
        station: Station directory.
        release: Read and whole.

    Returns:
        Its folder there.

    Raises:
        ReleaseRefused: The release changed meanwhile.
        ConfigError: It cannot be written.
    """
    target = folder_of(station, release.digest)
    if target.exists() and not _holds(target, release):
        _set_aside(target)
    return copy_release(release, target).path


def _holds(path: Path, release: Release) -> bool:
    try:
        return read_release(path).digest == release.digest
    except ReleaseRefused:
        return False


def _set_aside(path: Path) -> None:
    for number in range(1, MOST_SET_ASIDE):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            break
    try:
        path.rename(aside)
        sync_directory(path.parent)
    except OSError as error:
        raise ConfigError(f"{path} cannot be set aside: {error.strerror}", "Move it elsewhere") from error


def authorities(station: Path, config: Config) -> tuple[bytes, ...]:
    """Public keys of people who may propose and approve releases here, 32 bytes each.

    Raises:
        ConfigError: One that the settings name cannot be read.
    """
    return tuple(_authority(station / file) for file in config.release.authority)


def _authority(path: Path) -> bytes:
    try:
        return read_public_key(path)
    except EvidenceError as error:
        advice = "Put the public key of who signs releases there, or take it out of release.authority"
        raise ConfigError(error.message, advice) from error
