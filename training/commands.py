# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subcommands of the QA engineer: `inspector synth`, `train`."""

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the training commands to the one command line."""
    _add_synth(subparsers)
    _add_train(subparsers)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _report(values: dict[str, object], as_json: bool) -> None:
    if as_json:
        _say(json.dumps(values, sort_keys=True))
        return
    for key, value in values.items():
        _say(f"{key:>16}  {value}")


def _add_synth(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "synth", help="write synthetic parts as a YOLO dataset", description="Render synthetic parts with labels."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--parts", type=int, required=True, help="training parts")
    parser.add_argument("--val", type=int, default=0, help="validation parts, numbered after the training parts")
    parser.add_argument("--seed", type=int, default=0, help="batch; other seeds are unseen parts")
    parser.add_argument("--good-share", type=float, default=0.5, help="share of good parts, 0..1 (0.5)")
    parser.add_argument("--size", type=int, default=640, help="edge of the pictures in pixels (640)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=_run_synth)


def _run_synth(args: argparse.Namespace) -> int:
    from training.synth.dataset import DatasetSpec, write_dataset

    spec = DatasetSpec(args.out, args.parts, args.val, args.seed, args.good_share, args.size)
    entries = track(
        write_dataset(spec, args.workers),
        description="Rendering",
        total=spec.parts + spec.val,
        console=Console(stderr=True),
    )
    good = sum(1 for entry in entries if entry["good"])
    total = spec.parts + spec.val
    _report({"data": str(spec.out / "data.yaml"), "parts": total, "good": good, "bad": total - good}, args.json)
    return 0


def _add_train(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "train", help="train a detector on a YOLO dataset", description="Train offline, on the CPU if need be."
    )
    parser.add_argument("--data", type=Path, required=True, help="data.yaml of a YOLO dataset")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and figures")
    parser.add_argument("--epochs", type=int, default=12, help="passes over the training set (12)")
    parser.add_argument("--imgsz", type=int, default=320, help="model input in pixels (320)")
    parser.add_argument("--minutes", type=float, help="stop after about this many minutes instead")
    parser.add_argument("--base", type=Path, help="weights to start from (default: random)")
    parser.add_argument("--batch", type=int, default=8, help="images per step (8)")
    parser.add_argument("--lr", type=float, default=0.001, help="initial learning rate (0.001)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: every core)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and order (0)")
    parser.add_argument("--no-flips", action="store_true", help="do not mirror pictures at random")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=_run_train)


def _run_train(args: argparse.Namespace) -> int:
    from training.train import TrainSpec, as_json, train

    spec = TrainSpec(
        data=args.data.resolve(),
        out=args.out.resolve(),
        epochs=args.epochs,
        imgsz=args.imgsz,
        minutes=args.minutes,
        base=args.base.resolve() if args.base else None,
        batch=args.batch,
        lr=args.lr,
        threads=args.threads,
        seed=args.seed,
        flips=not args.no_flips,
    )
    _report(as_json(train(spec)), args.json)
    return 0
