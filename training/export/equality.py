# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a model package judges as the weights that were trained: boxes within 1 px, equal verdicts.

Both see the same letterboxed pictures, and one decoder and one judge, the station's own, make findings and verdicts of
what they answer: whatever differs then comes from the network's file or its runtime. The labels are not read, so that
a comparison uses nothing up of a locked test set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from inspector.detect.colour import model_image
from inspector.detect.decode import Decoder, FloatArray, Head, head_of
from inspector.detect.letterbox import Letterbox, Placement
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend, Session, open_session
from inspector.errors import ConfigError, InferenceFailed
from inspector.part import Detection, Frame, ImageArray, Verdict
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from training.evaluation.pictures import LabelledPicture, Source
from training.export.matching import Difference, Findings, Tolerance, compare_findings
from training.export.origin import file_sha256
from training.export.trained import TrainedSession

TOLERANCE = Tolerance(box_px=1.0, score=0.005)
"""Weights stored as they are move scores by less than 0.00001, those rounded to f16 by up to 0.002 (measured)."""
WORST = 10
_NO_SUPPRESSION_PPM = 1_000_000
_EVERYTHING = 30_000

Tracked = Callable[[Source], Iterable[LabelledPicture]]


@dataclass(frozen=True)
class PictureDifference:
    """What differs on one picture, or by how much it does.

    Attributes:
        name: Of the picture.
        found: Of the boxes.
        weights: Verdict by the trained weights. package: by the package.
        failed: Whether one of the networks failed on it.
    """

    name: str
    found: Difference
    weights: Verdict
    package: Verdict
    failed: bool

    @property
    def badness(self) -> tuple[bool, bool, int, float, float]:
        """The larger, the more they differ: verdict, failure, boxes without partner, distance in px, score."""
        return self.weights is not self.package, self.failed, *self._numbers()

    def row(self) -> tuple[str, str, str, int, str, str]:
        """For people: name, both verdicts, and the differences."""
        found = self.found
        distances = f"{found.box_px:.2f}", f"{found.score:.6f}"
        return self.name, self.weights.value, self.package.value, found.unmatched, *distances

    def _numbers(self) -> tuple[int, float, float]:
        return self.found.unmatched, self.found.box_px, self.found.score

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "name": self.name,
            "unmatched": self.found.unmatched,
            "box_px": round(self.found.box_px, 4),
            "score": round(self.found.score, 6),
            "verdict_weights": self.weights.value,
            "verdict_package": self.package.value,
            "failed": self.failed,
        }


@dataclass(frozen=True)
class Equality:
    """A model package beside the weights that it was made from.

    Attributes:
        weights_sha256: Of the checkpoint, in hex.
        package: Digest of the package. precision: its own, `f32` or `int8`.
        recipe: Digest of the recipe that the verdicts are by.
        source: What the pictures are, by name and digest.
        judged_by: Runtime, version, precision and threads of the package.
        compared_with: The same of the weights.
        pictures: How many were compared.
        boxes: Findings that both have.
        unmatched: Findings of either that the other has not.
        at_limit: Findings of either that both networks give, and that a limit takes away from one: a score at the
            floor, boxes of which the last digit decides which one suppresses the other, or two classes that score
            alike in one place. They are equal.
        box_px: Largest distance of the same side of two boxes, in px of the picture.
        score: Largest difference of two scores, of 0..1.
        verdicts: On how many pictures the station's verdict differs.
        failed: On how many one of the networks failed.
        tolerance: What may differ.
        worst: The pictures that differ most, the worst first, at most ten.
    """

    weights_sha256: str
    package: str
    precision: str
    recipe: str
    source: dict[str, object]
    judged_by: dict[str, str]
    compared_with: dict[str, str]
    pictures: int
    boxes: int
    unmatched: int
    at_limit: int
    box_px: float
    score: float
    verdicts: int
    failed: int
    tolerance: Tolerance
    worst: tuple[PictureDifference, ...]

    @property
    def equal(self) -> bool:
        """Whether the package may stand for the weights. Rounded arithmetic (`int8`) never does."""
        return not self.complaints

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why not, for people; none: equal."""
        said = []
        if self.precision != "f32":
            said.append(f"computes in {self.precision}: another model than the weights, whatever it finds here")
        if not self.boxes:
            said.append("no findings on these pictures: there is nothing to compare")
        if self.verdicts:
            said.append(f"other verdicts on {self.verdicts} of {self.pictures} pictures")
        if self.failed:
            said.append(f"a network failed on {self.failed} pictures")
        if self.unmatched:
            said.append(f"{self.unmatched} findings that the other has not")
        if self.box_px > self.tolerance.box_px:
            said.append(f"boxes differ by {self.box_px:.2f} px, {self.tolerance.box_px:g} is allowed")
        if self.score > self.tolerance.score:
            said.append(f"scores differ by {self.score:.4f}, {self.tolerance.score:g} is allowed")
        return tuple(said)

    def rows(self) -> list[tuple[str, object]]:
        """The figures, for people."""
        allowed = self.tolerance
        return [
            ("pictures", self.pictures),
            ("findings compared", self.boxes),
            ("without partner", self.unmatched),
            ("left out at a limit, equal before it", self.at_limit),
            (f"largest distance of boxes ({allowed.box_px:g} px)", f"{self.box_px:.2f} px"),
            (f"largest difference of scores ({allowed.score:g})", f"{self.score:.6f}"),
            ("other verdicts", self.verdicts),
        ]

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "equal": self.equal,
            "complaints": list(self.complaints),
            "weights_sha256": self.weights_sha256,
            "package": self.package,
            "precision": self.precision,
            "recipe": self.recipe,
            "source": self.source,
            "judged_by": self.judged_by,
            "compared_with": self.compared_with,
            "pictures": self.pictures,
            "boxes": self.boxes,
            "unmatched": self.unmatched,
            "at_limit": self.at_limit,
            "box_px": round(self.box_px, 4),
            "score": round(self.score, 6),
            "verdicts": self.verdicts,
            "failed": self.failed,
            "tolerance": {"box_px": self.tolerance.box_px, "score": self.tolerance.score},
            "worst": [one.as_json() for one in self.worst],
        }


def compare(
    weights: Path,
    package: ModelPackage,
    recipe: Recipe,
    source: Source,
    backend: Backend = "openvino",
    threads: int = 2,
    tracked: Tracked = iter,
    *,
    camera: str | None = None,
    tolerance: Tolerance = TOLERANCE,
) -> Equality:
    """Compare a package with the weights that it was made from, on every picture of a source.

    Args:
        weights: Trained checkpoint (`.pt`): a Python pickle, so only one that you would run a program from.
        package: The package.
        recipe: By which both are judged.
        source: Pictures (training.evaluation.pictures); it gives them once, so make a new one for each comparison.
        backend: Runtime of the package.
        threads: Of either runtime.
        tracked: Passes the pictures through, and shows how far it is.
        camera: Whose rules hold for all pictures; None: those of the camera that took each.
        tolerance: What may differ.

    Raises:
        ConfigError: The training extra or the weights are missing, or they know other classes than the package.
        ModelRefused: The runtime cannot load the package.
        RecipeError: The recipe does not fit the package.
        DatasetRefused: A picture is not the one that the manifest names.
    """
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    session = open_session(package, backend, threads)
    head = head_of(session.output_shape, len(package.classes))
    trained = TrainedSession(weights, package.manifest.input, head, threads)
    if trained.classes != package.classes:
        raise ConfigError(
            f"{weights} knows {', '.join(trained.classes)}, the package {', '.join(package.classes)}",
            "Name the weights that this package was exported from",
        )
    sides = _Side(trained, package, tolerance, recipe), _Side(session, package, tolerance, recipe)
    differences = [
        _on_picture(*sides, _frame(picture, number, camera), picture.name, tolerance)
        for number, picture in enumerate(tracked(source))
    ]
    worst = sorted(differences, key=lambda one: one.badness, reverse=True)[:WORST]
    return Equality(
        weights_sha256=file_sha256(weights),
        package=package.digest,
        precision=package.manifest.precision,
        recipe=recipe.digest,
        source=dict(source.facts),
        judged_by=session.describe(),
        compared_with=trained.describe(),
        pictures=len(differences),
        boxes=sum(one.found.compared for one in differences),
        unmatched=sum(one.found.unmatched for one in differences),
        at_limit=sum(one.found.at_limit for one in differences),
        box_px=max((one.found.box_px for one in differences), default=0.0),
        score=max((one.found.score for one in differences), default=0.0),
        verdicts=sum(one.weights is not one.package for one in differences),
        failed=sum(one.failed for one in differences),
        tolerance=tolerance,
        worst=tuple(one for one in worst if any(one.badness)),
    )


def _frame(picture: LabelledPicture, number: int, camera: str | None) -> Frame:
    name = picture.camera or "" if camera is None else camera
    return Frame(name, number, 0, 0, picture.pixel_format, picture.pixels)


def _on_picture(trained: _Side, exported: _Side, frame: Frame, name: str, tolerance: Tolerance) -> PictureDifference:
    ours, theirs = trained.look(frame), exported.look(frame)
    found = compare_findings(ours, theirs, tolerance, trained.without_limits, exported.without_limits)
    failed = trained.failed is not None or exported.failed is not None
    return PictureDifference(name, found, trained.verdict(frame), exported.verdict(frame), failed)


class _Side:
    """One of the two networks with the station's letterbox, decoder and judge.

    The network sees every picture, also one that the image gate keeps from the model of a station.
    """

    def __init__(self, session: Session, package: ModelPackage, tolerance: Tolerance, recipe: Recipe) -> None:
        limits = package.manifest.thresholds
        self._session = session
        self._letterbox = Letterbox(session.canvas, package.manifest.input.pad_value)
        self._decoder = Decoder(
            session.output_shape,
            package.classes,
            score_ppm=limits.score_ppm,
            iou_ppm=limits.iou_ppm,
            max_detections=limits.max_detections,
        )
        self._unlimited = Decoder(
            session.output_shape,
            package.classes,
            score_ppm=max(0, limits.score_ppm - round(tolerance.score * 1e6)),
            iou_ppm=_NO_SUPPRESSION_PPM,
            max_detections=_EVERYTHING,
        )
        self._judge = Judge(self, recipe)
        self._seen: tuple[FloatArray, Placement] | None = None
        self._found: tuple[Detection, ...] = ()
        self.failed: InferenceFailed | None = None

    def look(self, frame: Frame) -> Findings:
        """Run the network on a picture; its findings, none if it failed."""
        self.failed = None
        try:
            placement = self._letterbox.place(model_image(frame))
            self._seen = self._session.run().copy(), placement
            self._found = self._decoder.decode(*self._seen)
        except InferenceFailed as error:
            self.failed, self._found = error, ()
        return self._found

    def without_limits(self) -> Findings:
        """What it gave for the last picture before suppression, also a little below the floor, and by every class.

        Where two classes score alike in one place, the last digit decides which of them is the finding.
        """
        if self._seen is None or self.failed is not None:
            return ()
        output, placement = self._seen
        if self._decoder.head is Head.END_TO_END:
            return self._unlimited.decode(output, placement)
        found: list[Detection] = []
        for number in range(4, output.shape[1]):
            alone = output.copy()
            alone[:, 4:] = 0
            alone[:, number] = output[:, number]
            found += self._unlimited.decode(alone, placement)
        return found

    def verdict(self, frame: Frame) -> Verdict:
        """The station's on the last picture."""
        return self._judge.look(frame).verdict

    def infer(self, image: ImageArray) -> tuple[Detection, ...]:
        """For the judge: what was found on the last picture.

        Raises:
            InferenceFailed: The network failed on it.
        """
        if self.failed is not None:
            raise self.failed
        return self._found
