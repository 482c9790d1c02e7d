# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people said of a part, and whose side that takes."""

from __future__ import annotations

from enum import StrEnum

from inspector.recipe import Recipe
from inspector.store.queries.fields import items
from inspector.store.queries.reviews import ReviewReader
from inspector.store.read import StoredRecord
from training.dataset.importers.station import label
from training.shadow.look import recorded
from training.shadow.verdicts import Kind


class Side(StrEnum):
    """Whose side the reviews of a part take."""

    RELEASED = "released"
    CANDIDATE = "candidate"
    BOTH = "both"
    NEITHER = "neither"
    UNDECIDED = "undecided"
    """Nobody is sure, people disagree, or not everything that was found was spoken of."""


def held_bad(reader: ReviewReader, record: StoredRecord, recipe: Recipe | None) -> bool | None:
    """Whether people hold a part for defective; None where nobody said so clearly.

    It is the reading that makes labels of reviews (docs/dataset.md).

    Args:
        reader: The records.
        record: The part record.
        recipe: What it was judged by.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    reviews = reader.counting(record.seq)
    said = {(review.finding, review.class_name) for review in reviews if review.class_name is not None}
    seen = {name for finding, name in said if finding == "agree"}
    denied = {name for finding, name in said if finding == "not-a-defect"}
    if seen - denied and all(review.finding != "unsure" for review in reviews):
        return True  # also a defect that the released model did not find
    states = set()
    for view in items(record.fields, "views"):
        if view.get("image") is not None:
            found = recorded(view, recipe)
            states.add(label(found.verdict.value, found.counting, reviews)[0])
    if "labelled" in states:
        return True
    return False if states == {"good"} else None


def side(kind: Kind, bad: bool | None) -> Side:
    """Whose side it is.

    Args:
        kind: What the two verdicts are to one another.
        bad: What people hold the part for; None: nothing clear.
    """
    if bad is None:
        return Side.UNDECIDED
    released_right = bad == (kind in (Kind.BOTH_REJECT, Kind.ONLY_RELEASED_REJECTS))
    candidate_right = bad == (kind in (Kind.BOTH_REJECT, Kind.ONLY_CANDIDATE_REJECTS))
    if released_right and candidate_right:
        return Side.BOTH
    if not released_right and not candidate_right:
        return Side.NEITHER
    return Side.RELEASED if released_right else Side.CANDIDATE
