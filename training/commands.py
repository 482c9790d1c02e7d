# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subcommands of the QA engineer: data, training, export, evaluation, releases and drift of models.

Nothing here imports torch: without the `training` extra, `train`, `export-model` and `check-export` say how to install
it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from inspector.cli.output import Output, add_json
from training.anomaly.commands import add_parser as add_try
from training.dataset.commands import add_parser as add_dataset
from training.drift.commands import add_parser as add_drift
from training.evaluation.commands import add_parser as add_evaluate
from training.export.commands import add_parsers as add_export
from training.labelling.commands import add_propose
from training.labelling.commands_next import add_next
from training.options import count, share
from training.release.commands import add_parser as add_release
from training.shadow.commands import add_shadow
from training.train.commands import add_parser as add_train

Item = TypeVar("Item")


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the training commands to the one command line."""
    actions = add_dataset(subparsers)
    add_propose(actions)
    add_next(actions)
    _add_synth(subparsers)
    add_train(subparsers)
    add_export(subparsers)
    add_evaluate(subparsers)
    add_drift(subparsers)
    releases = add_release(subparsers)
    add_shadow(releases)
    add_try(subparsers)


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
    parser.add_argument("--parts", type=count, required=True, help="parts (of a dataset: training parts)")
    parser.add_argument("--val", type=int, default=0, help="validation parts, numbered after the training parts")
    parser.add_argument("--test", type=int, default=0, help="parts to test with, numbered after those (0)")
    parser.add_argument("--seed", type=int, default=0, help="batch; other seeds are unseen parts (0)")
    parser.add_argument("--good-share", type=share, default=0.5, help="share of good parts, 0..1 (0.5)")
    parser.add_argument("--only", metavar="CLASS", help="one defect of this class on each part, no good parts")
    parser.add_argument("--size", type=count, default=640, help="edge of a dataset's pictures in pixels (640)")
    parser.add_argument("--workers", type=count, default=os.cpu_count() or 1, help="processes (every core)")
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

        spec = DatasetSpec(args.out, args.parts, args.val, args.seed, args.good_share, args.size, args.only, args.test)
        entries = write_dataset(spec, args.workers)
        total, written = spec.parts + spec.val + spec.test, spec.out / "data.yaml"
    good = sum(1 for entry in _tracked(output, entries, total, "Rendering") if entry["good"])
    _values(output, "Rendered", {"written": str(written), "parts": total, "good": good, "bad": total - good})
    return 0
