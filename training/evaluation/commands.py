# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector evaluate`: a model package on labelled pictures."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import data_samples
from inspector.cli.output import Output, add_json
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from training.dataset.folder import DatasetFolder
from training.dataset.uses import note_use
from training.evaluation.latency import Latency, latency_of
from training.evaluation.measure import Seen, measure
from training.evaluation.pictures import LabelledPicture, Source, folders, split_of_dataset, synthetic
from training.evaluation.report import SWEEP, Report, report_on
from training.evaluation.words import show

EXIT_CODES = """exit codes:
  0  measured, whatever the figures say
  1  the dataset cannot be used
  2  wrong usage
  3  model package, recipe, pictures or labels are wrong; the message says what to do"""


@dataclass(frozen=True)
class Evaluation:
    """All that was found.

    Attributes:
        package: The model.
        recipe: The rules.
        source: What was judged.
        seen: What came of each picture.
        report: What they say together.
        latency: What judging took.
    """

    package: ModelPackage
    recipe: Recipe
    source: Source
    seen: list[Seen]
    report: Report
    latency: Latency

    def as_json(self) -> dict[str, object]:
        """Return all of it as plain JSON values, without the pictures."""
        return {
            "model": {"name": self.package.name, "version": self.package.version},
            "model_digest": self.package.digest,
            "recipe": {"name": self.recipe.name, "version": self.recipe.version},
            "recipe_digest": self.recipe.digest,
            "source": self.source.facts,
            "pictures": len(self.seen),
            "notes": self.source.notes,
            "latency": self.latency.as_json(),
            **self.report.as_json(),
        }


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate`."""
    parser = subparsers.add_parser(
        "evaluate",
        help="count missed and falsely rejected parts of a model package",
        description="Judge labelled parts as the station would; counts come with exact one-sided 95 % bounds.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", type=Path, required=True, help="model package")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--synth", type=_count, metavar="N", help="judge N good and N bad synthetic parts")
    source.add_argument("--data", type=Path, metavar="DIR", help="a dataset, or a folder of pictures")
    parser.add_argument("--split", choices=("train", "val", "test"), default="test", help="of a dataset (test)")
    parser.add_argument("--labels", type=Path, help="folder of YOLO labels for pictures; without: all are good")
    parser.add_argument("--good", type=Path, metavar="IMAGES", help="further folder of pictures of good parts")
    parser.add_argument("--seed", type=int, default=0, help="batch of the synthetic parts (0)")
    parser.add_argument("--recipe", type=Path, help="recipe to judge by (the demo's)")
    parser.add_argument(
        "--camera", help="judge by the rules that the recipe has for this camera's pictures (the one that took each)"
    )
    parser.add_argument(
        "--count-by", choices=("part", "picture"), default="part", help="what a miss or false reject is one of (part)"
    )
    parser.add_argument("--sweep", action="store_true", help="also show the errors at other limits of the score")
    parser.add_argument("--threads", type=_count, default=os.cpu_count() or 1, help="inference threads (every core)")
    parser.add_argument("--backend", choices=("openvino", "onnxruntime"), default="openvino", help="runtime (openvino)")
    add_json(parser)
    parser.set_defaults(run=_run, behind_the_line=True)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _run(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    evaluation = evaluate(args, output)
    show(output, evaluation.report, evaluation.source, evaluation.latency, _title(evaluation))
    if args.sweep:
        _show_sweep(output, evaluation.report)
    output.document(evaluation.as_json())
    return 0


def evaluate(args: argparse.Namespace, output: Output) -> Evaluation:
    """Judge what the options name.

    Raises:
        InspectorError: The package, the recipe or the data cannot be used.
    """
    package = ModelPackage.load(args.model)
    recipe = Recipe.load(args.recipe or data_samples.recipe_file())
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    if args.camera is not None:
        recipe.check_views(args.camera)
    source = _source(args, package)
    detector = Detector(package, args.backend, threads=args.threads)
    detector.warm_up()
    seen = measure(Judge(detector, recipe), recipe, _tracked(output, source), args.camera)
    latency = latency_of([one.latency_us for one in seen], detector.describe())
    return Evaluation(package, recipe, source, seen, report_on(seen, package.classes, args.count_by), latency)


def _source(args: argparse.Namespace, package: ModelPackage) -> Source:
    if args.synth is not None:
        return synthetic(args.synth, args.seed)
    folder = DatasetFolder(args.data)
    if not folder.exists:
        return folders(args.data, args.labels, args.good, package.classes)
    if args.labels is not None or args.good is not None:
        raise ConfigError(f"{args.data} is a dataset and has its own labels", "Leave --labels and --good away")
    source = split_of_dataset(folder, args.split, package.classes)
    if args.split == "test":
        _note_use(folder, source, f"evaluate {package.digest}")
    return source


def _note_use(folder: DatasetFolder, source: Source, what: str) -> None:
    """Count the use of a locked test set, before it is measured."""
    lock = folder.load().splits.test_lock
    source.facts["test_lock"] = lock
    if lock is None:
        source.notes.append(
            "The test set is not locked: nobody counts how often it is used, and each use makes its figures a little"
            " less honest. `inspector dataset split --lock` locks it."
        )
        return
    uses = note_use(folder, what)
    source.facts["test_uses"] = uses
    source.notes.append(f"The test set is locked; this is use {uses} of it.")


def _tracked(output: Output, source: Source) -> Iterator[LabelledPicture]:
    with output.progress() as progress:
        task = progress.add_task("Judging", total=source.total, note="")
        for picture in source:
            yield picture
            progress.advance(task)


def _title(evaluation: Evaluation) -> str:
    package, recipe = evaluation.package, evaluation.recipe
    return f"{package.name} {package.version}, recipe {recipe.name} {recipe.version}"


def _show_sweep(output: Output, report: Report) -> None:
    limits = []
    for score in SWEEP:
        missed, false_rejects = report.at_limit(score)
        limits.append((f"{score:.2f}", missed.short(), false_rejects.short()))
    output.table("One limit for all classes, no other rule", ("score", "missed", "falsely rejected"), limits)
    spans = [
        (name, f"{report.top_on_good.get(name, 0) / 1e6:.2f}", f"{low / 1e6:.2f}")
        for name, low in sorted(report.low_on_bad.items())
    ]
    output.table("Scores by class", ("", "highest on a good part", "lowest on its own parts"), spans)
