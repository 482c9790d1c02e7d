# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a release: written once as a whole, and never believed before every file has its hash."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.detect.package import MAX_WEIGHTS_BYTES, read_manifest
from inspector.durable import make_directory, sync_directory, write_durable
from inspector.errors import ConfigError, InspectorError, ReleaseRefused
from inspector.evidence.bundle import LONGEST_DOCUMENT
from inspector.evidence.release_note import MAX_DOCUMENT
from inspector.recipe import Recipe
from inspector.release.document import (
    MAX_BYTES,
    MODEL_FOLDER,
    RECIPE_FILE,
    REPORT_FILE,
    ReleaseDocument,
    encode_release,
    parse_release,
)

RELEASE_FILE = "release.json"
PROPOSAL_FILE = "proposal.note"
APPROVAL_FILE = "approval.note"
_AGAIN = "Get the release folder again from who proposed it"
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Release:
    """A release whose files are as its `release.json` says. Who signed it is another question: `signatures`.

    Attributes:
        path: The folder.
        data: The bytes of `release.json`.
        document: What they say.
        proposal: The signed proposal; None: there is none yet.
        approval: The signed approval; None: there is none yet.
    """

    path: Path
    data: bytes
    document: ReleaseDocument
    proposal: bytes | None
    approval: bytes | None

    @property
    def digest(self) -> str:
        """SHA-256 of `release.json`, hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def model(self) -> Path:
        """Folder of the model package."""
        return self.path / MODEL_FOLDER

    @property
    def recipe(self) -> Path:
        """File of the recipe."""
        return self.path / RECIPE_FILE

    def file(self, name: str) -> bytes:
        """A file that `release.json` names, checked once more.

        Raises:
            ReleaseRefused: It is missing or changed.
        """
        data = _read(self.path / name, MAX_WEIGHTS_BYTES)
        if hashlib.sha256(data).hexdigest() != self.document.files.get(name):
            raise ReleaseRefused(f"{self.path / name} is not the file that the release names", _AGAIN)
        return data


def read_release(path: Path) -> Release:
    """Read a release and check every file of it.

    Raises:
        ReleaseRefused: There is none, a file is missing, changed, too large or a stranger to it, or model package and
            recipe are not those that `release.json` names.
    """
    data = _read(path / RELEASE_FILE, MAX_BYTES)
    try:
        document = parse_release(data)
    except ValueError as error:
        raise ReleaseRefused(f"{path / RELEASE_FILE}: {error}", _AGAIN) from error
    _check_files(path, document)
    try:
        model, recipe = read_manifest(path / MODEL_FOLDER), Recipe.load(path / RECIPE_FILE)
    except InspectorError as error:
        raise ReleaseRefused(f"{path}: {error}", _AGAIN) from error
    found = {"model": (model.name, model.version, model.digest), "recipe": (recipe.name, recipe.version, recipe.digest)}
    for what, said in (("model", document.model), ("recipe", document.recipe)):
        if found[what] != (said.name, said.version, said.digest):
            raise ReleaseRefused(f"{path}: the {what} is not the one that {RELEASE_FILE} names", _AGAIN)
    if strange := [name for name in model.weights.files if f"{MODEL_FOLDER}/{name}" not in document.files]:
        raise ReleaseRefused(f"{path}: {RELEASE_FILE} does not name {MODEL_FOLDER}/{strange[0]}", _AGAIN)
    notes = [_note(path / name) for name in (PROPOSAL_FILE, APPROVAL_FILE)]
    return Release(path, data, document, *notes)


def write_release(path: Path, document: ReleaseDocument, sources: Mapping[str, Path | bytes]) -> Release:
    """Write a release, without signatures; it has its name only when it is whole.

    Args:
        path: Must not exist yet.
        document: What it says; `files` are those of `sources`.
        sources: Path in the folder -> file to copy, or its bytes.

    Raises:
        ConfigError: The folder exists, or cannot be written.
        ReleaseRefused: It would not be read: a file differs from its hash, is too large, or is not named.
    """
    if path.exists():
        raise ConfigError(f"{path} exists", "Choose a new folder: a release is never changed")
    try:
        make_directory(path.resolve().parent)
        with tempfile.TemporaryDirectory(prefix=".release-", dir=path.resolve().parent) as folder:
            made = Path(folder) / "release"
            (made / MODEL_FOLDER).mkdir(parents=True)
            for name, source in sources.items():
                data = source if isinstance(source, bytes) else _read(source, MAX_WEIGHTS_BYTES)
                write_durable(made / name, data)
            write_durable(made / RELEASE_FILE, encode_release(document))
            read_release(made)
            made.rename(path)
        sync_directory(path.resolve().parent)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Check the disk and the folder") from error
    return read_release(path)


def copy_release(release: Release, path: Path) -> Release:
    """Copy a release with its signatures, whole or not at all; one that is there already is checked instead.

    Raises:
        ConfigError: It cannot be written.
        ReleaseRefused: Something else is there, or the release changed meanwhile.
    """
    if not path.exists():
        write_release(path, release.document, {name: release.path / name for name in release.document.files})
    copied = read_release(path)
    if copied.digest != release.digest:
        raise ReleaseRefused(f"{path} holds another release", "Look at it with `inspector release show`")
    for name, data in ((PROPOSAL_FILE, release.proposal), (APPROVAL_FILE, release.approval)):
        if data is not None and _note(path / name) != data:
            add_note(path, name, data)
    return read_release(path)


def add_note(path: Path, name: str, data: bytes) -> None:
    """Put a signed note beside `release.json`.

    Args:
        path: Folder of the release.
        name: `PROPOSAL_FILE` or `APPROVAL_FILE`.
        data: The note.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        write_durable(path / name, data)
    except OSError as error:
        raise ConfigError(f"{path / name} cannot be written: {error.strerror}", "Check the disk") from error


def remove_release(path: Path) -> None:
    """Remove a folder that no record names.

    Raises:
        ConfigError: It cannot be removed.
    """
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be removed: {error.strerror}", "Check its permissions") from error


def _check_files(path: Path, document: ReleaseDocument) -> None:
    for name, digest in document.files.items():
        limit = LONGEST_DOCUMENT if name == REPORT_FILE else MAX_WEIGHTS_BYTES  # the report travels in bundles
        if _hash(path / name, limit) != digest:
            raise ReleaseRefused(f"{path / name} is not the file that the release names", _AGAIN)
    known = {*document.files, RELEASE_FILE, PROPOSAL_FILE, APPROVAL_FILE, MODEL_FOLDER}
    found = sorted(one.relative_to(path).as_posix() for one in path.rglob("*"))
    if strange := [name for name in found if name not in known]:
        raise ReleaseRefused(f"{path / strange[0]} does not belong to the release", _AGAIN)


def _note(path: Path) -> bytes | None:
    return _read(path, MAX_DOCUMENT) if path.exists() else None


def _hash(path: Path, limit: int) -> str:
    done, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                done.update(piece)
                size += len(piece)
                if size > limit:
                    raise ReleaseRefused(f"{path} is larger than {limit} bytes", _AGAIN)
    except OSError as error:
        raise ReleaseRefused(f"{path} cannot be read: {error.strerror}", _AGAIN) from error
    return done.hexdigest()


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ReleaseRefused(f"{path} cannot be read: {error.strerror}", _AGAIN) from error
    if len(data) > limit:
        raise ReleaseRefused(f"{path} is larger than {limit} bytes", _AGAIN)
    return data
