# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector train`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inspector.cli.output import Output, add_json
from inspector.errors import ConfigError
from training.options import count
from training.train import runfile
from training.train.engine import train
from training.train.spec import MOST_EPOCHS, Settings, TrainSpec

_EPILOG = """exit codes:
  0    trained: weights.pt and run.json are in the folder
  1    the dataset is not fit for it, or memory or disk is full
  2    wrong usage
  3    data, weights, settings or the extra are not there, or do not fit
  130  ended with Ctrl-C: the same command with --resume goes on"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train`."""
    parser = subparsers.add_parser(
        "train",
        help="train a detector on a dataset",
        description="Train offline, on the GPU if there is one, else on the CPU (docs/qa-engineer.md).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of a dataset, or data.yaml of a YOLO dataset")
    parser.add_argument("--out", type=Path, required=True, help="new folder for weights and figures")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was killed, after its last epoch")
    parser.add_argument("--base", type=Path, help="weights to start from (random ones)")
    parser.add_argument("--device", type=_device, default="auto", help="cpu, or GPUs: 0 or 0,1 (a GPU if there is one)")
    parser.add_argument("--threads", type=count, help="CPU threads (every core)")
    # What follows is part of the run: None means not said, which a resumed run fills in from its file.
    wanted = parser.add_argument_group("settings of the run, which --resume takes from it")
    wanted.add_argument("--minutes", type=float, help="end after about so many minutes, with validation")
    wanted.add_argument("--epochs", type=count, help=f"passes over the pictures (12; with --minutes {MOST_EPOCHS})")
    wanted.add_argument("--size", choices=("n", "s", "m"), help="network from scratch: nano, small, medium (n)")
    wanted.add_argument("--imgsz", type=count, help="edge of the model input in pixels (320; with --tile its size)")
    wanted.add_argument("--batch", type=count, help="pictures per step (8)")
    wanted.add_argument("--lr", type=float, help="initial learning rate (0.001)")
    wanted.add_argument("--seed", type=int, help="of weights, order and choice (0)")
    wanted.add_argument(
        "--flips",
        choices=("none", "sideways", "both"),
        help='mirror pictures at random; only for parts without a natural "up" (none)',
    )
    wanted.add_argument("--mosaic", type=float, metavar="SHARE", help="share of collages of four pictures, 0 to 1 (0)")
    wanted.add_argument("--good-share", type=float, metavar="PERCENT", help="pictures without a defect at most (10)")
    wanted.add_argument("--no-balance", action="store_true", help="do not show pictures of rare classes more often")
    wanted.add_argument("--tile", type=count, metavar="PX", help="cut large pictures into tiles of this edge")
    wanted.add_argument("--overlap", type=int, metavar="PX", help="of the tiles, at least (a quarter of --tile)")
    add_json(parser)
    parser.set_defaults(run=_run, behind_the_line=True)


def _device(text: str) -> str:
    if text in ("auto", "cpu"):
        return text
    numbers = text.split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers) or len(set(numbers)) != len(numbers):
        raise argparse.ArgumentTypeError(f"{text} is neither cpu nor numbers of GPUs")
    return ",".join(str(int(number)) for number in numbers)


def settings_of(args: argparse.Namespace, old: Settings | None) -> Settings:
    """The settings of a run.

    Args:
        args: as typed; None where nothing was said.
        old: those of the run that is resumed.

    Raises:
        ConfigError: They do not fit together, or something else was said than the run began with.
    """
    names = ("minutes", "epochs", "size", "imgsz", "batch", "lr", "seed", "flips", "mosaic", "tile", "overlap")
    said: dict[str, Any] = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.good_share is not None:
        said["good_share"] = args.good_share / 100
    if args.no_balance:
        said["balance"] = False
    if old is not None:
        other = sorted(name for name, value in said.items() if getattr(old, name) != value)
        if other:
            raise ConfigError(
                f"This training began with {', '.join(f'{name} {getattr(old, name)}' for name in other)}",
                "Leave these options out: --resume goes on as it began",
            )
        return old
    if args.base is not None and args.size is not None:
        raise ConfigError("--size is for training from scratch; --base has its own size", "Leave one of them out")
    tile = said.get("tile")
    if tile is None and "overlap" in said:
        raise ConfigError("--overlap is for tiles", "Name their size: --tile PX")
    if tile is not None:
        said = {"imgsz": tile, "overlap": tile // 4, **said}
        if said["overlap"] * 2 > tile:
            raise ConfigError(f"Tiles of {tile} px cannot overlap by {said['overlap']} px", "At most by half")
    if "minutes" in said:
        said = {"epochs": MOST_EPOCHS, **said}
    try:
        return Settings(**said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]).replace("_", "-")
        raise ConfigError(f"--{name}: {first['msg']}", "See `inspector train --help`") from error


def _run(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    out = args.out.resolve()
    old = runfile.read(out).settings if args.resume else None
    settings = settings_of(args, old)
    data = args.data.resolve()
    of_datasets = [f"--{name.replace('_', '-')}" for name in ("tile", "good_share") if getattr(args, name) is not None]
    if of_datasets and not data.is_dir():
        raise ConfigError(
            f"{' and '.join(of_datasets)} need a dataset, not a data.yaml", "Make one: inspector dataset import --yolo"
        )
    base = args.base.resolve() if args.base else None
    spec = TrainSpec(data=data, out=out, settings=settings, base=base, device=args.device, threads=args.threads)
    with output.stages("Training:") as progress:
        result = train(spec, resume=args.resume, say=output.say, progress=progress)
    document = result.as_json()
    output.table("Trained", ("", ""), document.items())
    output.document(document)
    return 0
