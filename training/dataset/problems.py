# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with data, and where: everything is collected, so that it is mended in one go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of problems; the names are part of the output for scripts."""

    SOURCE = "source"
    BROKEN_PICTURE = "broken-picture"
    MISSING_PICTURE = "missing-picture"
    CHANNELS = "channels"
    SIZES = "sizes"
    LABEL_FILE = "label-file"
    MISSING_LABEL = "missing-label"
    BOX_OUTSIDE = "box-outside"
    BOX_EMPTY = "box-empty"
    BOX_TWICE = "box-twice"
    UNKNOWN_CLASS = "unknown-class"
    EMPTY_CLASS = "empty-class"
    SAME_FILE = "same-file"
    SAME_PIXELS = "same-pixels"
    NEARLY_SAME = "nearly-same"
    OTHER_LABELS = "other-labels"
    NAME_CLASH = "name-clash"
    LEAK = "leak"
    TEST_LOCKED = "test-locked"
    DATASET_FILE = "dataset-file"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        fatal: Nothing is imported while there is such a problem; otherwise it is a warning.
        kind: What kind.
        where: File, with line or object where there is one.
        what: In words.
    """

    fatal: bool
    kind: Kind
    where: str
    what: str

    def as_json(self) -> dict[str, object]:
        """As plain values."""
        level = "error" if self.fatal else "warning"
        return {"level": level, "kind": self.kind.value, "where": self.where, "what": self.what}


@dataclass
class Problems:
    """A list of them."""

    found: list[Problem] = field(default_factory=list)

    def error(self, kind: Kind, where: object, what: str) -> None:
        """Note what has to be mended."""
        self.found.append(Problem(True, kind, str(where), what))

    def warn(self, kind: Kind, where: object, what: str) -> None:
        """Note what somebody should look at."""
        self.found.append(Problem(False, kind, str(where), what))

    @property
    def errors(self) -> int:
        """How many have to be mended."""
        return sum(one.fatal for one in self.found)

    @property
    def warnings(self) -> int:
        """How many are only warnings."""
        return len(self.found) - self.errors

    def by_kind(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(sorted(Counter(one.kind.value for one in self.found).items()))

    def in_order(self) -> list[Problem]:
        """Errors first, each by place."""
        return sorted(self.found, key=lambda one: (not one.fatal, one.where, one.kind, one.what))
