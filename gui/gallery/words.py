# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words and symbols of rejects and of what people say of them."""

from __future__ import annotations

from dataclasses import dataclass

from gui.text import mark, tr
from gui.text.classes import class_word
from gui.text.times import clock_of
from gui.widgets.verdicts import LOOKS
from inspector.api.part_schema import PartEvent, ReviewInfo
from inspector.api.schema import Verdict

LET_THROUGH = (Verdict.PASS, Verdict.BYPASSED)


@dataclass(frozen=True)
class Finding:
    """One answer of a person.

    Attributes:
        word: What its key says, marked for translation.
        symbol: What its key shows: a name of `gui.widgets.symbols`.
    """

    word: str
    symbol: str


FINDINGS = {
    "agree": Finding(mark("AGREE"), "agree"),
    "not-a-defect": Finding(mark("NOT A DEFECT"), "no_defect"),
    "unsure": Finding(mark("UNSURE"), "unsure"),
}
"""By the name that the records have for it, in the order of the keys."""

ROLES = {"operator": mark("operator"), "team-lead": mark("team lead"), "qa": mark("quality")}


def is_reject(part: PartEvent) -> bool:
    """Whether it is a production part that nothing let through."""
    return part.verdict not in LET_THROUGH and part.purpose.value == "production"


def classes_of(part: PartEvent) -> tuple[str, ...]:
    """Classes of what was found, each once, in the order in which it was found."""
    return tuple(dict.fromkeys(box.class_name for box in part.boxes))


def defect_words(part: PartEvent) -> str:
    """What was found, in capitals; else the word of the verdict."""
    return ", ".join(class_word(name) for name in classes_of(part)).upper() or tr(LOOKS[part.verdict].word)


def review_words(review: ReviewInfo) -> str:
    """Like "NOT A DEFECT - quality, 14:02"; a role, no name: everybody reads it."""
    said = tr(FINDINGS[review.finding].word)
    time = clock_of(review.t_us)
    return f"{said} - {time}" if review.role is None else f"{said} - {tr(ROLES.get(review.role, review.role))}, {time}"
