# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often a locked test set was used: each look at it makes its figures a little less honest."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inspector.durable import write_durable
from inspector.errors import DatasetRefused
from training.dataset.check import check_lock
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Name, Sha256
from training.dataset.problems import Problems

FILE = "test-uses.json"
_MAX_BYTES = 16 * 1024 * 1024


class Use(BaseModel):
    """One use.

    Attributes:
        test: Digest of the locked test set (`splits.test_lock`).
        what: What was measured: the command, or the digest of a model package.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    test: Sha256
    what: Name


class _Uses(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    v: int = Field(default=1, ge=1, le=1)
    uses: list[Use] = []


def _read(folder: DatasetFolder) -> _Uses:
    path = folder.path / FILE
    try:
        with path.open("rb") as stream:
            return _Uses.model_validate_json(stream.read(_MAX_BYTES))
    except FileNotFoundError:
        return _Uses()
    except (OSError, ValidationError) as error:
        raise DatasetRefused(f"{path} cannot be read: {error}", "Take it from your backup") from error


def count_uses(folder: DatasetFolder) -> int:
    """How often the test set that is locked now was used; 0 where none is locked.

    Raises:
        DatasetRefused: The dataset or the count is damaged.
    """
    lock = folder.load().splits.test_lock
    return 0 if lock is None else sum(use.test == lock for use in _read(folder).uses)


def note_use(folder: DatasetFolder, what: str) -> int:
    """Count one more use of the locked test set, before it is measured; returns how many there are with it.

    Raises:
        DatasetRefused: No test set is locked, it was changed since, or the count cannot be written.
    """
    with folder.locked():
        manifest, problems = folder.load(), Problems()
        lock = manifest.splits.test_lock
        if lock is None:
            raise DatasetRefused("The test set is not locked", "Lock it with `inspector dataset split --lock`")
        check_lock(manifest, problems)
        if problems.errors:
            raise DatasetRefused(
                problems.found[0].what, "Take the dataset from your backup, or unlock and lock it anew"
            )
        uses = _read(folder)
        uses.uses.append(Use(test=lock, what=what[:200]))
        try:
            write_durable(folder.path / FILE, json.dumps(uses.model_dump(), indent=1).encode("ascii"))
        except OSError as error:
            raise DatasetRefused(f"{folder.path / FILE} cannot be written: {error}", "Check the disk") from error
        return sum(use.test == lock for use in uses.uses)
