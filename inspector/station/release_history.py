# SPDX-License-Identifier: AGPL-3.0-or-later
"""By which releases a product was judged, one after the other: the records are the memory, also of what to go back to.

Going back takes away the newest; it is not undone by going back once more, which takes away the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from inspector.station.in_force import digests_in, product_of
from inspector.station.releases import Released
from inspector.store.queries.approvals import IN_FORCE
from inspector.store.read import RecordReader, StoredRecord

_FIRST_WORD = re.compile(r"^[a-z]+")


class Step(StrEnum):
    """What a record that puts a product in force tells of; its reason begins with this word."""

    ACTIVATION = "activation"
    ROLLBACK = "rollback"
    CHANGEOVER = "changeover"
    START = "start"
    """The start of a station, where the product in force was no longer in the settings."""


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What judges a product.

    Attributes:
        release: The release; None: the files of the settings.
        recipe: SHA-256 of the recipe.
        model: Digest of the model package.
    """

    release: Released | None
    recipe: str
    model: str


@dataclass(frozen=True, slots=True)
class History:
    """What records say of one product.

    Attributes:
        steps: The records that put it in force, oldest first, and what each of them was.
        judged_by: What has judged it and was not taken back, the newest last; empty if no record names it.
    """

    steps: tuple[tuple[Step, StoredRecord], ...]
    judged_by: tuple[JudgedBy, ...]

    @property
    def now(self) -> JudgedBy | None:
        """What judges it; None: the files of the settings, which no record has named yet."""
        return self.judged_by[-1] if self.judged_by else None

    @property
    def before(self) -> JudgedBy | None:
        """What a rollback goes to; None if there is nothing."""
        return self.judged_by[-2] if len(self.judged_by) > 1 else None


def history_of(reader: RecordReader, product: str) -> History:
    """Read the history of a product.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One of them is damaged.
    """
    records = [one for one in reader.changes_of("recipe", IN_FORCE) if product_of(one) == product]
    steps = tuple((_step(one), one) for one in records)
    return History(steps, tuple(_judged_by(steps, product)))


def _step(record: StoredRecord) -> Step:
    first = _FIRST_WORD.findall(str(record.fields["why"]))[:1]
    return next((step for step in Step if step in first), Step.START)


def _judged_by(steps: Iterable[tuple[Step, StoredRecord]], product: str) -> list[JudgedBy]:
    """Activations put something on top, rollbacks take it away; what a changeover comes back to lies on top already."""
    found: list[JudgedBy] = []
    for step, record in steps:
        put = _put(record)
        if put.release is not None and (not found or found[-1].release is None):
            found[-1:] = [_files_before(record, product)]
        if step is Step.ROLLBACK and len(found) > 1:
            found.pop()
        if found and _same(found[-1], put):
            found[-1] = put  # files of the settings may have been changed, and approved, since
        else:
            found.append(put)
    return found


def _put(record: StoredRecord) -> JudgedBy:
    recipe, model = digests_in(record.fields["new"]) or ("", "")
    return JudgedBy(Released.of(record.fields), recipe, model)


def _files_before(record: StoredRecord, product: str) -> JudgedBy:
    """What judged before the first release: files of the settings, which the record names as what was in force."""
    was = str(record.fields["old"])
    recipe, model = (digests_in(was) if was.startswith(f"{product}:") else None) or ("", "")
    return JudgedBy(None, recipe, model)


def _same(one: JudgedBy, other: JudgedBy) -> bool:
    """Whether both are of one release, or both the files of the settings."""
    return (one.release and one.release.document) == (other.release and other.release.document)
