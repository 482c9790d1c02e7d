# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector evaluate`: a model package on labelled pictures."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

import data_samples
from inspector.cli.output import Output, add_json
from inspector.config import explain
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from training.dataset.folder import DatasetFolder
from training.dataset.uses import note_use
from training.evaluation.costs import Costs, read_costs
from training.evaluation.latency import latency_of
from training.evaluation.limits import Choices, choose_limits
from training.evaluation.measure import measure
from training.evaluation.page import write_page
from training.evaluation.pictures import LabelledPicture, Source, folders, split_of_dataset, synthetic
from training.evaluation.report import SWEEP, Report, report_on
from training.evaluation.result import Evaluation, money_of
from training.evaluation.words import show
from training.options import count, count_from_zero
from training.threads import add_threads

EXIT_CODES = """exit codes:
  0  measured, whatever the figures say
  1  the dataset cannot be used
  2  wrong usage
  3  model package, recipe, pictures or labels are wrong; the message says what to do"""


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
    source.add_argument("--synth", type=count, metavar="N", help="judge N good and N bad synthetic parts")
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
    _add_costs(parser)
    parser.add_argument("--sweep", action="store_true", help="also show the errors at other limits of the score")
    add_threads(parser)
    parser.add_argument("--backend", choices=("openvino", "onnxruntime"), default="openvino", help="runtime (openvino)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report as one HTML file")
    parser.add_argument(
        "--pictures", type=count_from_zero, default=1000, metavar="N", help="at most so many pictures in it (1000)"
    )
    add_json(parser)
    parser.set_defaults(run=_run, behind_the_line=True, refuse=parser.error)


def _add_costs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--costs", type=Path, metavar="FILE", help="prices of errors: a TOML file with [costs]")
    parser.add_argument("--escape-cost", type=float, metavar="PRICE", help="instead: of a defective part that passes")
    parser.add_argument("--false-reject-cost", type=float, metavar="PRICE", help="of a good part that is rejected")
    parser.add_argument("--defect-rate", type=float, metavar="SHARE", help="true share of defective parts, 0..1")
    parser.add_argument(
        "--choose-on",
        choices=("val",),
        help="choose limits there, never on test: the split val, or of synthetic parts the next batch",
    )


def _run(args: argparse.Namespace) -> int:
    costs = _costs(args)
    if args.html is not None and (args.html.is_dir() or not args.html.parent.is_dir()):
        args.refuse(f"--html: {args.html} is a folder, or lies in none")  # before a locked test set is used
    output = Output(as_json=args.json)
    evaluation = evaluate(args, costs, output)
    show(output, evaluation)
    if args.sweep:
        _show_sweep(output, evaluation.report)
    if args.html is not None:
        write_page(args.html, evaluation, datetime.now(UTC))
        output.say(f"{args.html}: the report")
    output.document(evaluation.as_json())
    return 0


def _costs(args: argparse.Namespace) -> Costs | None:
    """The prices, from the file or from the options."""
    said = (args.escape_cost, args.false_reject_cost, args.defect_rate)
    if args.costs is not None and any(value is not None for value in said):
        args.refuse("--costs has the prices already: leave the other options away")
    if args.costs is not None:
        return read_costs(args.costs)
    if all(value is None for value in said):
        if args.choose_on is not None:
            args.refuse("--choose-on needs prices: --costs, or --escape-cost, --false-reject-cost and --defect-rate")
        return None
    if any(value is None for value in said):
        args.refuse("--escape-cost, --false-reject-cost and --defect-rate belong together")
    names = ("escape", "false_reject", "defect_rate")
    try:
        return Costs.model_validate(dict(zip(names, said, strict=True)))
    except ValidationError as error:
        args.refuse(explain(error))
        raise


def evaluate(args: argparse.Namespace, costs: Costs | None, output: Output) -> Evaluation:
    """Judge what the options name.

    Raises:
        InspectorError: The package, the recipe or the data cannot be used.
    """
    package = ModelPackage.load(args.model)
    recipe = Recipe.load(args.recipe or data_samples.recipe_file())
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    if args.camera is not None:
        recipe.check_views(args.camera)
    detector = Detector(package, args.backend, threads=args.threads)
    detector.warm_up()
    judge = Judge(detector, recipe)
    choices = None
    if costs is not None and args.choose_on is not None:
        choices = _choose(args, costs, judge, package, recipe, output)
    source = _source(args, package)
    keep = 0 if args.html is None else args.pictures
    seen = measure(judge, recipe, _tracked(output, "Judging", source), args.camera, keep)
    latency = latency_of([one.latency_us for one in seen], detector.describe())
    report = report_on(seen, package.classes, args.count_by)
    money = None if costs is None else money_of(costs, report, seen, recipe, choices)
    return Evaluation(package, recipe, source, seen, report, latency, money)


def _choose(
    args: argparse.Namespace, costs: Costs, judge: Judge, package: ModelPackage, recipe: Recipe, output: Output
) -> Choices:
    """Limits, on other pictures than those on which figures are reported."""
    if args.synth is not None:
        source = synthetic(args.synth, args.seed + 1)
    else:
        folder = DatasetFolder(args.data)
        if not folder.exists:
            raise ConfigError(
                f"{args.data} is no dataset: there is no split to choose limits on",
                "Import the pictures with `inspector dataset import` and divide them",
            )
        if args.split == args.choose_on:
            args.refuse("limits are chosen on one split and their figures reported on another: not both on val")
        source = split_of_dataset(folder, args.choose_on, package.classes, args.count_by)
    seen = measure(judge, recipe, _tracked(output, "Choosing limits", source), args.camera)
    floor_ppm = package.manifest.thresholds.score_ppm
    return choose_limits(
        seen, recipe, package.classes, floor_ppm, costs, args.count_by, f"{source.told} ({len(seen)} pictures)"
    )


def _source(args: argparse.Namespace, package: ModelPackage) -> Source:
    if args.synth is not None:
        return synthetic(args.synth, args.seed)
    folder = DatasetFolder(args.data)
    if not folder.exists:
        return folders(args.data, args.labels, args.good, package.classes)
    if args.labels is not None or args.good is not None:
        raise ConfigError(f"{args.data} is a dataset and has its own labels", "Leave --labels and --good away")
    source = split_of_dataset(folder, args.split, package.classes, args.count_by)
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


def _tracked(output: Output, what: str, source: Source) -> Iterator[LabelledPicture]:
    with output.progress() as progress:
        task = progress.add_task(what, total=source.total, note="")
        for picture in source:
            yield picture
            progress.advance(task)


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
