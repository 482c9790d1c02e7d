# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector dataset import | check | show`: data for training, in and examined. The rest is in `commands_out`."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Mapping
from pathlib import Path

from inspector.cli.output import Output
from inspector.errors import DatasetRefused
from training.dataset.check import check
from training.dataset.commands_out import add_actions, write_sheet
from training.dataset.folder import DatasetFolder
from training.dataset.incoming import Importer, Request
from training.dataset.intake import Options, take_in
from training.dataset.manifest import Manifest
from training.dataset.problems import Kind, Problems
from training.dataset.statistics import describe, states
from training.dataset.words import EXIT_CODES, in_words, new_action, problems_document, tell_problems

IMPORTERS: Mapping[str, tuple[str, str, str]] = {
    "yolo": ("FILE", "data.yaml of a YOLO dataset", "training.dataset.importers.yolo"),
    "station": (
        "DIR",
        "a station: its pictures, and what people said of them (demo: also ./demo-station)",
        "training.dataset.importers.station",
    ),
    "coco": ("FILE", "JSON file of a COCO dataset", "training.dataset.importers.coco"),
    "voc": ("DIR", "XML files of Pascal VOC", "training.dataset.importers.voc"),
    "deeppcb": ("DIR", "DeepPCB with its templates, which are good parts", "training.dataset.importers.deeppcb"),
    "labelme": ("DIR", "pictures with the JSON files of LabelMe", "training.dataset.importers.labelme"),
    "masks": ("DIR", "images/ with masks/, in which defects are not black", "training.dataset.importers.masks"),
}
"""Option -> what it takes, what that is, and the module whose `gather` reads it."""


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add `dataset`; returns where more actions on datasets are added."""
    parser = subparsers.add_parser(
        "dataset",
        help="collect, check, divide and show pictures and labels for training",
        description="Datasets: pictures under their hashes, labels, splits (docs/dataset.md).",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_import(actions)
    _add_check(actions)
    _add_show(actions)
    add_actions(actions)
    return actions


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from error


def share(text: str) -> int:
    """Per cent as parts per million."""
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 100")
    return round(value * 10_000)


def band(text: str) -> tuple[int, int]:
    """LOW:HIGH of scores in parts per million."""
    low, _, high = text.partition(":")
    band = float(low), float(high)
    if not 0 <= band[0] <= band[1] <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not LOW:HIGH between 0 and 1")
    return round(band[0] * 1_000_000), round(band[1] * 1_000_000)


def number(text: str) -> int:
    """A number up to a million."""
    value = int(text)
    if not 0 <= value <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1000000")
    return value


def _add_import(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = new_action(actions, "import", "take pictures and labels into a dataset, all or none")
    sources = parser.add_mutually_exclusive_group(required=True)
    for name, (value, words, _) in IMPORTERS.items():
        sources.add_argument(f"--{name}", type=Path, metavar=value, help=words)
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="folder of the pictures (COCO, VOC: beside the labels)"
    )
    parser.add_argument("--classes", metavar="A,B,...", help="masks: names of the classes by value, from 1 (defect)")
    parser.add_argument("--part-from", type=_pattern, metavar="REGEX", help="where in a file name its part stands")
    parser.add_argument("--lot-from", type=_pattern, metavar="REGEX", help="where in a file name its lot stands")
    parser.add_argument("--group-from", type=_pattern, metavar="REGEX", help="where in a file name its group stands")
    parser.add_argument("--part-is-file", action="store_true", help="each picture shows a part of its own")
    parser.add_argument("--no-label-is-good", action="store_true", help="pictures without any label show no defect")
    parser.add_argument("--add-classes", action="store_true", help="the dataset may get classes that it does not have")
    parser.add_argument("--update", action="store_true", help="replace the labels of pictures that are there already")
    sampling = parser.add_argument_group("of a station: all reviewed parts, and")
    sampling.add_argument(
        "--random-share", type=share, default=50_000, metavar="PERCENT", help="of all parts, drawn at random (5)"
    )
    sampling.add_argument(
        "--grey", type=band, default=(200_000, 600_000), metavar="LOW:HIGH", help="doubtful scores (0.2:0.6)"
    )
    sampling.add_argument("--grey-count", type=number, default=50, help="at most so many with a doubtful score (50)")
    sampling.add_argument("--diverse-count", type=number, default=50, help="at most so many unlike the others (50)")
    sampling.add_argument("--seed", type=number, default=0, help="another number draws other parts at random (0)")
    parser.set_defaults(run=_run_import, behind_the_line=True)


def _run_import(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    name = next(name for name in IMPORTERS if getattr(args, name) is not None)
    gather: Importer = importlib.import_module(IMPORTERS[name][2]).gather
    request = Request(
        source=getattr(args, name),
        images=args.images,
        classes=tuple(args.classes.split(",")) if args.classes else (),
        no_label_is_good=args.no_label_is_good,
        seed=args.seed,
        random_ppm=args.random_share,
        grey_low_ppm=args.grey[0],
        grey_high_ppm=args.grey[1],
        grey_count=args.grey_count,
        diverse_count=args.diverse_count,
    )
    options = Options(
        name,
        args.part_from,
        args.lot_from,
        args.group_from,
        args.part_is_file,
        args.add_classes,
        args.update,
    )
    folder, problems = DatasetFolder(args.dataset), Problems()
    with folder.locked():
        before = folder.load() if folder.exists else Manifest(name=_name_of(args.dataset), classes=())
        with output.stages("Import:") as progress:
            plan = take_in(before, gather(request, problems), options, problems, progress)
            if not problems.errors:
                folder.carry_out(plan, progress)
                sheet = _sheet(folder, plan.manifest, problems)
    tell_problems(output, problems)
    done = not problems.errors
    document: dict[str, object] = {"dataset": str(args.dataset), "imported": done, "importer": name}
    if done:
        document |= {"added": plan.added, "updated": plan.updated, "known": plan.known}
        document |= {"images": len(plan.manifest.images), "states": states(plan.manifest.images)}
        document |= {"manifest_sha256": folder.digest(), "sheet": sheet}
    output.document(document | problems_document(problems))
    if not done:
        output.say(f"{args.dataset}: nothing was imported", style="bold red")
        return 1
    output.say(f"{args.dataset}: {plan.added} added, {plan.updated} updated, {plan.known} there already")
    output.say(in_words(plan.manifest))
    if sheet is not None:
        output.say(f"contact sheet: {sheet}")
    return 0


def _sheet(folder: DatasetFolder, manifest: Manifest, problems: Problems) -> str | None:
    """The contact sheet; without one the import is complete all the same."""
    try:
        return str(write_sheet(folder, manifest))
    except DatasetRefused as error:
        problems.warn(Kind.DATASET_FILE, "contact sheet", str(error))
        return None


def _name_of(path: Path) -> str:
    name = path.resolve().name
    if not 1 <= len(name) <= 200:
        raise DatasetRefused(f"{path} is no folder for a dataset", "Name one with --dataset")
    return name


def _add_check(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = new_action(actions, "check", "say everything that is wrong with a dataset, and where")
    parser.set_defaults(run=_run_check, behind_the_line=True)


def _run_check(args: argparse.Namespace) -> int:
    output, folder, problems = Output(as_json=args.json), DatasetFolder(args.dataset), Problems()
    with output.stages("Check:") as progress:
        check(folder, problems, progress)
    tell_problems(output, problems)
    output.document({"dataset": str(args.dataset), "manifest_sha256": folder.digest(), **problems_document(problems)})
    if not problems.errors:
        output.say(f"{args.dataset}: every picture is there as the manifest says")
    return 1 if problems.errors else 0


def _add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = new_action(actions, "show", "say what a dataset holds")
    parser.set_defaults(run=_run_show)


def _run_show(args: argparse.Namespace) -> int:
    output, folder = Output(as_json=args.json), DatasetFolder(args.dataset)
    manifest = folder.load()
    told = describe(manifest, folder.digest())
    output.document(told)
    output.say(in_words(manifest))
    output.say(f"manifest {told['manifest_sha256']}")
    for what in ("strata", "reviews"):
        found = told[what]
        if isinstance(found, dict) and found:
            output.say(f"{what}: " + ", ".join(f"{number} {name}" for name, number in found.items()))
    splits, classes = told["splits"], told["classes"]
    if isinstance(splits, dict) and isinstance(classes, dict):
        columns = ("images", "labelled", "good", "unlabelled", "boxes", "parts")
        rows = [(name, *(one[key] for key in columns), _spread(one["brightness"])) for name, one in splits.items()]
        output.table("Splits", ("", *columns, "brightness"), rows)
        title = ("", *splits, "shorter side, px", "below 8 px")
        output.table(
            "Boxes by class (least / middle / greatest)",
            title,
            [
                (name, *one["boxes"].values(), _spread(one["shorter_side_px"]), one["smaller_than_8_px"])
                for name, one in classes.items()
            ],
        )
    return 0


def _spread(values: dict[str, float] | None) -> str:
    return "-" if values is None else f"{values['min']:g} / {values['median']:g} / {values['max']:g}"
