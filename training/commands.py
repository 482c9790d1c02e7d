# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subcommands of the QA engineer: `inspector dataset | synth | train | export-model | evaluate | drift | release`.

Nothing here imports torch: without the `training` extra, `train` and `export-model` say how to install it.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from inspector.cli.output import Output, add_json
from training.dataset.commands import add_parser as add_dataset
from training.drift.commands import add_parser as add_drift
from training.evaluation.commands import add_parser as add_evaluate
from training.labelling.commands import add_propose
from training.labelling.commands_next import add_next
from training.release.commands import add_parser as add_release
from training.train.commands import add_parser as add_train

Item = TypeVar("Item")


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the training commands to the one command line."""
    actions = add_dataset(subparsers)
    add_propose(actions)
    add_next(actions)
    _add_synth(subparsers)
    add_train(subparsers)
    _add_export(subparsers)
    add_evaluate(subparsers)
    add_drift(subparsers)
    add_release(subparsers)


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _tracked(output: Output, items: Iterable[Item], total: int | None, what: str) -> Iterator[Item]:
    with output.progress() as progress:
        task = progress.add_task(what, total=total, note="")
        for item in items:
            yield item
            progress.advance(task)


def _values(output: Output, title: str, values: dict[str, object]) -> None:
    output.table(title, ("", ""), values.items())
    output.document(values)


def _add_synth(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "synth", help="render synthetic parts with labels", description="Render synthetic parts with labels."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--parts", type=_count, required=True, help="parts (of a dataset: training parts)")
    parser.add_argument("--val", type=int, default=0, help="validation parts, numbered after the training parts")
    parser.add_argument("--seed", type=int, default=0, help="batch; other seeds are unseen parts (0)")
    parser.add_argument("--good-share", type=_share, default=0.5, help="share of good parts, 0..1 (0.5)")
    parser.add_argument("--only", metavar="CLASS", help="one defect of this class on each part, no good parts")
    parser.add_argument("--size", type=_count, default=640, help="edge of a dataset's pictures in pixels (640)")
    parser.add_argument("--workers", type=_count, default=os.cpu_count() or 1, help="processes (every core)")
    parser.add_argument(
        "--layout",
        choices=("yolo", "samples"),
        default="yolo",
        help="yolo: dataset to train on; samples: JPEG frames and labels.json to play through a camera",
    )
    add_json(parser)
    parser.set_defaults(run=_run_synth, behind_the_line=True)


def _run_synth(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    if args.layout == "samples":
        from training.samples import write_samples

        entries = write_samples(args.out, args.parts, args.seed)
        total, written = args.parts, args.out / "labels.json"
    else:
        from training.synth.dataset import DatasetSpec, write_dataset

        spec = DatasetSpec(args.out, args.parts, args.val, args.seed, args.good_share, args.size, args.only)
        entries = write_dataset(spec, args.workers)
        total, written = spec.parts + spec.val, spec.out / "data.yaml"
    good = sum(1 for entry in _tracked(output, entries, total, "Rendering") if entry["good"])
    _values(output, "Rendered", {"written": str(written), "parts": total, "good": good, "bad": total - good})
    return 0


def _add_export(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "export-model",
        help="turn trained weights into a model package",
        description="Write a model package: model.json and model.onnx, which computes in f32.",
    )
    parser.add_argument("weights", type=Path, help="weights.pt of `inspector train`")
    parser.add_argument("--out", type=Path, required=True, help="directory of the package; must not hold one yet")
    parser.add_argument("--name", default="model", help="name of the model")
    parser.add_argument("--model-version", default="1", help="version of the model")
    parser.add_argument("--imgsz", type=_count, help="edge of the model input in pixels (as trained, or 320)")
    parser.add_argument("--score", type=_share, default=0.05, help="lowest score ever reported, 0..1 (0.05)")
    parser.add_argument("--iou", type=_share, default=0.6, help="overlap that suppresses a weaker box (0.6)")
    parser.add_argument("--half-storage", action="store_true", help="store weights as float16: half the size")
    parser.add_argument("--end-to-end", action="store_true", help="export the head that needs no suppression")
    parser.add_argument("--dataset-manifest", type=Path, help="manifest.json of the training set, for provenance")
    parser.add_argument("--note", default="", help="free text for the provenance")
    add_json(parser)
    parser.set_defaults(run=_run_export, behind_the_line=True)


def _run_export(args: argparse.Namespace) -> int:
    from training.export import ExportSpec, export, file_sha256, origin

    imgsz, provenance = origin(args.weights, args.imgsz)
    provenance["command"] = shlex.join(["inspector", *sys.argv[1:]])
    if args.dataset_manifest:
        provenance["dataset_manifest_sha256"] = file_sha256(args.dataset_manifest)
    if args.note:
        provenance["note"] = args.note
    spec = ExportSpec(
        weights=args.weights,
        out=args.out,
        name=args.name,
        version=args.model_version,
        imgsz=imgsz,
        score=args.score,
        iou=args.iou,
        half_storage=args.half_storage,
        end_to_end=args.end_to_end,
        provenance=provenance,
    )
    package = export(spec)
    size = sum(len(data) for data in package.weights.values())
    values: dict[str, object] = {"package": str(args.out), "digest": package.digest, "bytes": size}
    _values(Output(as_json=args.json), "Model package", values)
    return 0
