# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a dataset: `manifest.json`, `images/<two digits>/<hash>.<suffix>`, `test-uses.json`.

Nothing is ever there by half: a new dataset is made beside its place and renamed; into an existing one the pictures
come first, and the manifest, which names them, last.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.durable import SYNCS_WHOLE, sync_filesystem, write_durable
from inspector.errors import DatasetRefused
from training.dataset.intake import Plan
from training.dataset.manifest import MAX_MANIFEST_BYTES, Manifest

MANIFEST = "manifest.json"
Progress = Callable[[str, int, int], None]


class DatasetFolder:
    """A dataset on disk.

    Args:
        path: Its folder; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether there is a dataset."""
        return (self.path / MANIFEST).is_file()

    def load(self) -> Manifest:
        """The manifest.

        Raises:
            DatasetRefused: There is none, or it is damaged.
        """
        return Manifest.parse(self.data(), str(self.path / MANIFEST))

    def digest(self) -> str:
        """SHA-256 of the manifest's bytes, 64 hex digits: what packages and reports name. Raises as `load`."""
        return hashlib.sha256(self.data()).hexdigest()

    def data(self) -> bytes:
        """The manifest's bytes. Raises as `load`, where it cannot be read."""
        try:
            with (self.path / MANIFEST).open("rb") as stream:
                return stream.read(MAX_MANIFEST_BYTES + 1)
        except OSError as error:
            raise DatasetRefused(
                f"{self.path} is no dataset: {MANIFEST} cannot be read: {error.strerror}",
                "Name its folder with --dataset, or make one with `inspector dataset import`",
            ) from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands from changing the dataset; does nothing where there is none yet.

        Raises:
            DatasetRefused: Another command is changing it.
        """
        if not self.exists:
            yield
            return
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise DatasetRefused(f"Another command is changing {self.path}", "Wait until it has ended") from error
        try:
            yield
        finally:
            lock.release()

    def carry_out(self, plan: Plan, progress: Progress | None = None) -> None:
        """Copy the new pictures and write the manifest; after an error the dataset is as it was.

        Raises:
            DatasetRefused: A picture changed meanwhile, the disk is full, or the folder holds something else.
        """
        if self.exists:
            self._add(plan, progress)
            return
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise DatasetRefused(
                f"{self.path} is there and is no dataset", "Choose a new folder; nothing is ever overwritten"
            )
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}.tmp")
        with _cleaned(beside):
            _copy(plan.files, beside, progress)
            write_durable(beside / MANIFEST, plan.manifest.encode())
            if self.path.is_dir():
                self.path.rmdir()  # empty; a rename over it is not possible on every system
            beside.rename(self.path)

    def _add(self, plan: Plan, progress: Progress | None) -> None:
        for stale in self.path.glob(".import.*.tmp"):  # of a killed import; we hold the lock
            shutil.rmtree(stale, ignore_errors=True)
        scratch = self.path / f".import.{secrets.token_hex(6)}.tmp"
        moved: list[Path] = []
        with _cleaned(scratch):
            _copy(plan.files, scratch, progress)
            try:
                for name in plan.files:
                    target = self.path / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    (scratch / name).replace(target)
                    moved.append(target)
                self.save(plan.manifest)
            except BaseException:
                for path in moved:
                    path.unlink(missing_ok=True)
                raise

    def save(self, manifest: Manifest) -> None:
        """Replace the manifest.

        Raises:
            DatasetRefused: It cannot be written.
        """
        try:
            write_durable(self.path / MANIFEST, manifest.encode())
        except OSError as error:
            raise DatasetRefused(f"{self.path / MANIFEST} cannot be written: {error}", "Check the disk") from error


@contextlib.contextmanager
def _cleaned(scratch: Path) -> Iterator[None]:
    """A folder for a while; whatever is left in it goes."""
    try:
        scratch.mkdir(parents=True)
        yield
    except OSError as error:
        raise DatasetRefused(f"The dataset cannot be written: {error}", "Check the disk and the permissions") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _copy(files: Mapping[str, Path], folder: Path, progress: Progress | None) -> None:
    for number, (name, source) in enumerate(files.items(), 1):
        data = source.read_bytes()
        if hashlib.sha256(data).hexdigest() != Path(name).stem:
            raise DatasetRefused(f"{source} changed while it was imported", "Import again when nobody writes there")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            stream.write(data)
            if not SYNCS_WHOLE:
                stream.flush()
                os.fsync(stream.fileno())
        if progress is not None:
            progress("copied", number, len(files))
    if SYNCS_WHOLE:
        sync_filesystem(folder)
