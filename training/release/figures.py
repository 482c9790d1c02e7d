# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures that the rules are held against; `report.json` has them, so that anybody can do it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.dataset.manifest import Image
from training.evaluation.counts import Counts
from training.evaluation.report import Report
from training.release.judging import Judged
from training.release.rules import By

_Number = Annotated[int, Field(ge=0, le=100_000_000)]
_Class = Annotated[str, Field(min_length=1, max_length=200)]
_Words = Annotated[str, Field(min_length=1, max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Tally(_Strict):
    """Errors among so many parts."""

    errors: _Number
    trials: _Number

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.errors > self.trials:
            raise ValueError(f"{self.errors} errors in {self.trials} trials")
        return self

    @property
    def counts(self) -> Counts:
        """With bounds and words."""
        return Counts(self.errors, self.trials)


class Pair(_Strict):
    """Parts on which one of two models alone is wrong."""

    candidate: _Number
    released: _Number


class Beside(_Strict):
    """Candidate and released model on the same parts.

    Attributes:
        misses: Bad parts that one of them alone lets pass. showing: Of those the ones with a class.
        false_rejects: Good parts that one of them alone rejects.
    """

    misses: Pair
    showing: dict[_Class, Pair]
    false_rejects: Pair


class Numbers(_Strict):
    """What the test set has, as it is known before anything is judged.

    Attributes:
        uses: How often it was used, this time included.
        bad, good: Parts with and without a defect.
        showing: By class, the bad parts that show it; every class of the model and of the labels.
    """

    uses: Annotated[int, Field(ge=1)]
    bad: _Number
    good: _Number
    showing: Annotated[dict[_Class, _Number], Field(max_length=2000)]


class Weights(_Strict):
    """Whether the package may stand for the weights that were trained.

    Attributes:
        precision: In which the package computes.
        equal: Whether it was compared with them and is equal; None: it was not compared.
        words: For people.
    """

    precision: Literal["f32", "int8"]
    equal: bool | None
    words: _Words


class LineRun(_Strict):
    """A shadow run on the parts of the line.

    Attributes:
        compared: Parts that both have judged.
        let_through: Of them those that the released model alone rejects. rejected: The candidate alone.
        failed: Those on which the candidate failed.
        people_against: Reviewed parts on which people hold with the released model alone. people_for: The other way.
    """

    compared: _Number
    let_through: _Number
    rejected: _Number
    failed: _Number
    people_against: _Number
    people_for: _Number


class Figures(_Strict):
    """All of them.

    Attributes:
        count_by: What is counted.
        numbers: What the test set has.
        weights: Package and trained weights.
        missed: Bad parts that pass. showing: By class, of the bad parts that show it.
        false_rejects: Good parts that do not pass.
        beside: The released model on the same parts; None: there is none yet.
        line: A shadow run on the parts of the line; None: there was none.
        p99_ms: Of judging, on the machine at hand. runs: Of so many pictures.
    """

    count_by: By
    numbers: Numbers
    weights: Weights
    missed: Tally
    showing: dict[_Class, Tally]
    false_rejects: Tally
    beside: Beside | None
    line: LineRun | None
    p99_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    runs: _Number

    @model_validator(mode="after")
    def _fit(self) -> Self:
        trials = {name: one.trials for name, one in self.showing.items()}
        numbers = self.numbers
        if (self.missed.trials, self.false_rejects.trials, trials) != (numbers.bad, numbers.good, numbers.showing):
            raise ValueError("what was judged is not what the test set has")
        return self


def numbers_of(images: Iterable[Image], classes: Iterable[str], by: By, uses: int) -> Numbers:
    """What the test set has, from the manifest alone.

    Args:
        images: Of the dataset.
        classes: Of the model.
        by: What is counted.
        uses: How often the test set is used, this time included.
    """
    parts: dict[str, set[str]] = {}
    for image in images:
        if image.split == "test" and image.state != "unlabelled":
            name = f"part {image.part}" if by == "part" and image.part is not None else f"picture {image.sha256}"
            parts.setdefault(name, set()).update(box.class_name for box in image.boxes)
    bad = [shown for shown in parts.values() if shown]
    names = {*classes}.union(*bad)
    showing = {name: sum(name in shown for shown in bad) for name in sorted(names)}
    return Numbers(uses=uses, bad=len(bad), good=len(parts) - len(bad), showing=showing)


def tallies(report: Report, numbers: Numbers) -> Mapping[str, Tally]:
    """By class, the bad parts that show it and pass."""
    none = Counts()
    return {name: _tally(report.missed_showing.get(name, none)) for name in numbers.showing}


def _tally(counts: Counts) -> Tally:
    return Tally(errors=counts.errors, trials=counts.trials)


def totals(report: Report) -> tuple[Tally, Tally]:
    """Misses and false rejects."""
    return _tally(report.missed), _tally(report.false_rejects)


def beside(judged: Sequence[Judged], classes: Iterable[str]) -> Beside:
    """Count the parts on which one of two models alone is wrong.

    Args:
        judged: Each part as both judged it.
        classes: By which it is counted.
    """
    bad = [one for one in judged if one.bad]
    showing = {name: _pair(one for one in bad if name in one.candidate.classes) for name in classes}
    return Beside(misses=_pair(bad), showing=showing, false_rejects=_pair(one for one in judged if not one.bad))


def _pair(judged: Iterable[Judged]) -> Pair:
    alone = Counter(one.wrong for one in judged)
    return Pair(candidate=alone[True, False], released=alone[False, True])
