# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export-model` and `inspector check-export`. Nothing here imports torch before it is needed."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import data_samples
from inspector.cli.output import Output, add_json
from inspector.detect.package import ModelPackage, WeightsKind
from inspector.recipe import Recipe
from training.dataset.folder import DatasetFolder
from training.evaluation.pictures import LabelledPicture, Source, folders, split_of_dataset, synthetic
from training.options import count, share
from training.threads import add_threads
from training.train.extra import require_extra

CHECK_EXIT_CODES = """exit codes:
  0  equal: boxes within 1 px, scores within 0.005, the same verdicts
  1  not equal, or the dataset cannot be used
  2  wrong usage
  3  weights, model package, recipe or pictures are wrong; the message says what to do"""


_KINDS: dict[str, WeightsKind] = {"onnx": "onnx", "openvino": "openvino-ir"}


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export-model` and `check-export`."""
    _add_export(subparsers)
    _add_check(subparsers)


def _add_export(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "export-model",
        help="turn trained weights into a model package, or a package into one in int8",
        description="Write a model package: model.json and the network, which computes in f32; or quantise such a"
        " package to int8.",
    )
    parser.add_argument("weights", type=Path, help="weights.pt of `inspector train`; with --int8 a model package")
    parser.add_argument("--out", type=Path, required=True, help="directory of the package; must not hold one yet")
    parser.add_argument("--name", help="name of the model (model; with --int8 that of the package)")
    parser.add_argument("--model-version", help="version of the model (1; with --int8 that of the package)")
    parser.add_argument("--kind", choices=tuple(_KINDS), default="onnx", help="what the network is stored as (onnx)")
    parser.add_argument("--note", default="", help="free text for the provenance")
    own = parser.add_argument_group("of weights")
    own.add_argument("--imgsz", type=count, help="edge of the model input in pixels (as trained, or 320)")
    own.add_argument("--score", type=share, help="lowest score ever reported, 0..1 (0.05)")
    own.add_argument("--iou", type=share, help="overlap that suppresses a weaker box (0.6)")
    own.add_argument("--half-storage", action="store_true", help="store weights as float16: half the size")
    own.add_argument("--end-to-end", action="store_true", help="export the head that needs no suppression")
    own.add_argument("--dataset-manifest", type=Path, help="manifest.json of the training set, for provenance")
    int8 = parser.add_argument_group("of a model package")
    int8.add_argument("--int8", action="store_true", help="quantise it to int8: another model, to be evaluated anew")
    int8.add_argument("--calibrate", type=Path, metavar="DATASET", help="pictures that show which values occur")
    int8.add_argument("--calibrate-split", choices=("train", "val"), default="train", help="of the dataset (train)")
    int8.add_argument("--calibrate-count", type=count, default=128, metavar="N", help="at most so many (128)")
    add_json(parser)
    parser.set_defaults(run=_run_export, behind_the_line=True, refuse=parser.error)


def _run_export(args: argparse.Namespace) -> int:
    if args.int8 != (args.calibrate is not None):
        args.refuse("--int8 and --calibrate DATASET belong together")
    package = _quantised(args) if args.int8 else _exported(args)
    size = sum(len(data) for data in package.weights.values())
    values: dict[str, object] = {
        "package": str(args.out),
        "digest": package.digest,
        "precision": package.manifest.precision,
        "bytes": size,
    }
    output = Output(as_json=args.json)
    output.table("Model package", ("", ""), values.items())
    output.document(values)
    return 0


def _exported(args: argparse.Namespace) -> ModelPackage:
    from training.export.origin import file_sha256, origin
    from training.export.package import ExportSpec, export

    if args.weights.is_dir():
        args.refuse(f"{args.weights} is a folder: packages are quantised with --int8, weights are a file")
    imgsz, provenance = origin(args.weights, args.imgsz)
    provenance |= _said(args)
    if args.dataset_manifest:
        provenance["dataset_manifest_sha256"] = file_sha256(args.dataset_manifest)
    return export(
        ExportSpec(
            weights=args.weights,
            out=args.out,
            name=args.name or "model",
            version=args.model_version or "1",
            imgsz=imgsz,
            score=0.05 if args.score is None else args.score,
            iou=0.6 if args.iou is None else args.iou,
            half_storage=args.half_storage,
            end_to_end=args.end_to_end,
            provenance=provenance,
            kind=_KINDS[args.kind],
        )
    )


def _quantised(args: argparse.Namespace) -> ModelPackage:
    if (
        args.half_storage
        or args.end_to_end
        or any(value is not None for value in (args.imgsz, args.score, args.iou, args.dataset_manifest))
    ):
        args.refuse("--int8 takes size, limits and head from the package: leave those options away")
    if args.weights.is_file():
        args.refuse(f"--int8 takes a model package, not {args.weights}: export one, check it, and name that")
    require_extra(("onnx",))
    from training.export.int8 import Int8Spec, calibration_of, quantise

    source = ModelPackage.load(args.weights)
    pictures, provenance = calibration_of(DatasetFolder(args.calibrate), args.calibrate_split, args.calibrate_count)
    name, version = args.name or source.name, args.model_version or source.version
    provenance |= _said(args)
    return quantise(Int8Spec(source, args.out, name, version, _KINDS[args.kind], provenance), pictures)


def _said(args: argparse.Namespace) -> dict[str, str]:
    """For the provenance: the command, and the note of the person who gave it."""
    command = {"command": shlex.join(["inspector", *sys.argv[1:]])}
    return {**command, "note": args.note} if args.note else command


def _add_check(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "check-export",
        help="compare a model package with the trained weights, picture by picture",
        description="Run the trained weights and the package on the same pictures, and compare boxes, scores and the"
        " station's verdicts. Labels are not read: no use of a locked test set is counted.",
        epilog=CHECK_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("weights", type=Path, help="weights.pt that the package was exported from")
    parser.add_argument("--model", type=Path, required=True, help="model package")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="DIR", help="a dataset, or a folder of pictures")
    source.add_argument("--synth", type=count, metavar="N", help="N good and N bad synthetic parts")
    parser.add_argument("--split", choices=("train", "val", "test"), default="test", help="of a dataset (test)")
    parser.add_argument("--seed", type=int, default=0, help="batch of the synthetic parts (0)")
    parser.add_argument("--recipe", type=Path, help="recipe to judge by (the demo's)")
    parser.add_argument("--camera", help="judge by the rules for this camera (the one that took each picture)")
    parser.add_argument("--backend", choices=("openvino", "onnxruntime"), default="openvino", help="runtime (openvino)")
    add_threads(parser)
    add_json(parser)
    parser.set_defaults(run=_run_check, behind_the_line=True)


def _run_check(args: argparse.Namespace) -> int:
    from training.export.equality import Equality, compare

    output = Output(as_json=args.json)
    package = ModelPackage.load(args.model)
    recipe = Recipe.load(args.recipe or data_samples.recipe_file())
    if args.camera is not None:
        recipe.check_views(args.camera)
    found: Equality = compare(
        args.weights,
        package,
        recipe,
        _source(args, package),
        args.backend,
        args.threads,
        _tracked(output),
        camera=args.camera,
    )
    output.table(f"{args.model} beside {args.weights}", ("", ""), found.rows())
    if found.worst:
        header = ("picture", "weights", "package", "without partner", "box px", "score")
        output.table("Most different", header, [one.row() for one in found.worst])
    for words in found.complaints:
        output.say(f"not equal: {words}", "red")
    if found.equal:
        output.say("equal", "green")
    output.document(found.as_json())
    return 0 if found.equal else 1


def _source(args: argparse.Namespace, package: ModelPackage) -> Source:
    if args.synth is not None:
        return synthetic(args.synth, args.seed)
    folder = DatasetFolder(args.data)
    if not folder.exists:
        return folders(args.data, None, None, package.classes)
    return split_of_dataset(folder, args.split, package.classes)


def _tracked(output: Output) -> Callable[[Source], Iterator[LabelledPicture]]:
    def through(source: Source) -> Iterator[LabelledPicture]:
        with output.progress() as progress:
            task = progress.add_task("Comparing", total=source.total, note="")
            for picture in source:
                yield picture
                progress.advance(task)

    return through
