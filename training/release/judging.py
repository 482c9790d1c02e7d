# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges the locked test set with the candidate and with the released model, once each, and pairs the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.cli.output import Output
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from training.dataset.folder import DatasetFolder
from training.evaluation.latency import latency_of
from training.evaluation.measure import Seen, Unit, measure, units
from training.evaluation.pictures import LabelledPicture, Source, split_of_dataset
from training.evaluation.report import report_on
from training.evaluation.result import Evaluation
from training.release.rules import By


@dataclass(frozen=True)
class Contender:
    """A model package with its recipe."""

    package: ModelPackage
    recipe: Recipe

    @property
    def told(self) -> str:
        """Both, for people."""
        package, recipe = self.package, self.recipe
        return f"{package.name} {package.version}, recipe {recipe.name} {recipe.version}"


@dataclass(frozen=True)
class How:
    """How both are judged.

    Attributes:
        by: What is counted.
        camera: By whose rules; None: of the camera that took each picture.
        backend: Runtime.
        threads: Inference threads.
        pictures: Of so many wrongly judged pictures keep what they show.
    """

    by: By
    camera: str | None
    backend: Backend
    threads: int
    pictures: int


def check_contender(contender: Contender, camera: str | None) -> None:
    """Refuse a recipe that does not fit its model package or has no rules for the camera. Raises `RecipeError`."""
    package, recipe = contender.package, contender.recipe
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    if camera is not None:
        recipe.check_views(camera)


def locked_pictures(folder: DatasetFolder, contender: Contender, by: By) -> Source:
    """The labelled pictures of the split test; they come once, so make a new one for each pass.

    Raises:
        DatasetRefused: The dataset is damaged, leaks, or has no labelled test pictures; later, a picture is not the one
            that the manifest names.
    """
    return split_of_dataset(folder, "test", contender.package.classes, by)


def judge_with(contender: Contender, source: Source, how: How, output: Output, what: str) -> Evaluation:
    """Judge pictures as the station would.

    Args:
        contender: What judges.
        source: The pictures.
        how: See there.
        output: Shows how far it is.
        what: Name of the work, for people.

    Raises:
        ModelRefused: The runtime cannot load the package.
        DatasetRefused: A picture is not the one that the manifest names.
    """
    detector = Detector(contender.package, how.backend, threads=how.threads)
    detector.warm_up()
    judge = Judge(detector, contender.recipe)
    seen = measure(judge, contender.recipe, tracked(output, what, source), how.camera, how.pictures)
    latency = latency_of([one.latency_us for one in seen], detector.describe())
    report = report_on(seen, contender.package.classes, how.by)
    return Evaluation(contender.package, contender.recipe, source, seen, report, latency, None)


def tracked(output: Output, what: str, source: Source) -> Iterator[LabelledPicture]:
    """The pictures, with a progress bar."""
    with output.progress() as progress:
        task = progress.add_task(what, total=source.total, note="")
        for picture in source:
            yield picture
            progress.advance(task)


@dataclass(frozen=True)
class Judged:
    """A part as the candidate and as the released model judged it."""

    candidate: Unit
    released: Unit

    @property
    def bad(self) -> bool:
        """Whether it has a defect."""
        return self.candidate.bad

    @property
    def wrong(self) -> tuple[bool, bool]:
        """Whether the candidate, and the released model, judge it wrongly."""
        return self.candidate.passed == self.bad, self.released.passed == self.bad

    @property
    def with_pictures(self) -> tuple[Unit, Unit]:
        """Both, with the pictures that were kept of either: who is right keeps none."""
        return _lent(self.candidate, self.released), _lent(self.released, self.candidate)


def pair(candidate: Sequence[Seen], released: Sequence[Seen], by: By) -> list[Judged]:
    """Bring together what both said of each part; both have seen the same pictures in the same order."""
    return [Judged(one, other) for one, other in zip(units(candidate, by), units(released, by), strict=True)]


def _lent(unit: Unit, other: Unit) -> Unit:
    views = [
        dataclasses.replace(view, jpeg=view.jpeg or theirs.jpeg)
        for view, theirs in zip(unit.views, other.views, strict=True)
    ]
    return Unit(unit.name, tuple(views))
