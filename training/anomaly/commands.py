# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector try`: a first look at new photos beside photos of good parts, without any label."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import data_samples
from inspector.cli.output import Output, add_json
from inspector.detect.package import ModelPackage
from inspector.durable import write_durable
from inspector.errors import ConfigError
from training.anomaly.heat import heat_map, jpeg
from training.anomaly.look import FirstLook, first_look
from training.anomaly.page import write_page
from training.anomaly.photos import LEAST_GOOD, Left, Photos, read_photos
from training.anomaly.words import NO_INSPECTION, above_words, limit_words, usable_words
from training.options import count_from_zero
from training.threads import add_threads

EXIT_NO_ORDER = 4
EXIT_CODES = f"""exit codes:
  0  the new photos are in an order, whatever it says of them
  1  the photos cannot be compared: fewer than {LEAST_GOOD} good ones, or no new one
  2  wrong usage
  3  the model cannot be used, or a file cannot be written
  {EXIT_NO_ORDER}  flaws drawn into the good photos are not found: with this model the order may mean nothing"""
_LISTED = 20


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `try`."""
    parser = subparsers.add_parser(
        "try",
        help="put new photos in an order by how odd they are beside photos of good parts (no labels, no verdicts)",
        description="A first look: photos of good parts only, new photos, no labels. For people; it is no inspection.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("good", type=Path, metavar="GOOD_DIR", help=f"photos of good parts, {LEAST_GOOD} at least")
    parser.add_argument("new", type=Path, metavar="NEW_DIR", help="photos to look at")
    parser.add_argument(
        "--model", type=Path, metavar="PACKAGE", help="model package trained on parts like these (the demo's)"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with the heat maps")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the heat maps into a new folder")
    parser.add_argument(
        "--seed", type=count_from_zero, default=0, help="another number draws other flaws and places (0)"
    )
    add_threads(parser)
    add_json(parser)
    parser.set_defaults(run=_run, behind_the_line=True)


def _run(args: argparse.Namespace) -> int:
    # Imported here: OpenVINO costs every command some 100 ms and 50 MB.
    from training.anomaly.network import Network

    output = Output(as_json=args.json)
    for path in (args.html, args.out):
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigError(f"{path.absolute().parent} is no folder", "Make it first, or write elsewhere")
    if args.out is not None and args.out.exists():
        raise ConfigError(f"{args.out} is there already", "Name a new folder for --out")
    package = ModelPackage.load(args.model or data_samples.model_dir())
    network = Network(package, args.threads)
    with output.stages("Read:") as progress:
        photos = read_photos(args.good, args.new, network.fit, progress)
    with output.stages("Compare:") as progress:
        look = first_look(network, photos.good, photos.new, args.seed, progress)
    if args.html is not None:
        model = f"{package.name} {package.version} ({package.digest})"
        write_page(args.html, look, photos, model, datetime.now(UTC))
    if args.out is not None:
        _write_maps(args.out, look)
    output.document(_document(args, package, look, photos))
    _say(output, look, photos)
    return 0 if look.check.usable else EXIT_NO_ORDER


def _write_maps(folder: Path, look: FirstLook) -> None:
    try:
        folder.mkdir()
        for number, one in enumerate(look.new, 1):
            write_durable(folder / f"{number:03d}-{Path(one.photo.name).stem}.jpg", jpeg(heat_map(one)))
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}", "Choose another folder for --out") from error


def _document(args: argparse.Namespace, package: ModelPackage, look: FirstLook, photos: Photos) -> dict[str, object]:
    order = look.check.order
    check: dict[str, object] = {"usable": look.check.usable, "drawn": look.check.drawn, "hit": look.check.hit}
    check |= {"auroc": order.value, "auroc_lower": order.lower, "auroc_upper": order.upper}
    new = [
        {"file": one.photo.name, "score": one.score, "hottest": list(one.hottest), "sha256": one.photo.facts.sha256}
        for one in look.new
    ]
    return {
        "model": f"{package.name} {package.version}",
        "model_digest": package.digest,
        "seed": args.seed,
        "self_check": check,
        "false_rejects_above_1_below": look.false_rejects_below,
        "good": [{"file": name, "score": value} for name, value in look.good],
        "new": new,
        "left_out": [_plain(one) for one in photos.left],
        "remarks": [_plain(one) for one in photos.remarks],
    }


def _plain(one: Left) -> dict[str, str]:
    return {"folder": one.folder, "file": one.name, "why": one.why}


def _say(output: Output, look: FirstLook, photos: Photos) -> None:
    rows = [(number, f"{one.score:.2f}", one.photo.name) for number, one in enumerate(look.new[:_LISTED], 1)]
    output.table(f"{above_words(look)}; 1 is the oddest good photo", ["", "score", "photo"], rows)
    if look.new[_LISTED:]:
        output.say(f"{len(look.new) - _LISTED} more follow; --html shows them all with their heat maps")
    for one in (*photos.left, *photos.remarks):
        output.say(f"{one.folder}: {one.name}: {one.why}", "yellow")
    output.say(limit_words(look))
    output.say(usable_words(look), "" if look.check.usable else "bold red")
    output.say(NO_INSPECTION)
