# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export bundle`: whole shifts in one file that an auditor checks without the station."""

from __future__ import annotations

import argparse
import unicodedata
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from inspector.cli.export_common import add_common, say_recorded, tell_station
from inspector.cli.output import Output
from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.store.bundle import Choice, Exported, between, everything, export_bundle, one_lot, one_shift

EXIT_CODES = """exit codes:
  0  done; what is missing at the station is said, and `inspector verify` names it
  2  wrong usage
  3  no such shift or lot, the file exists, or files or records cannot be read or written"""
SHOWN_MISSING = 5


def add_parser(things: Any) -> None:
    """Add `bundle`."""
    parser = things.add_parser(
        "bundle",
        help="records, seals, receipts, documents and images of whole shifts, as one zip file",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_common(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--shift", type=int, metavar="N", help="one shift")
    what.add_argument("--lot", metavar="L", help="from the first to the last shift of this lot")
    what.add_argument("--from", dest="begin", type=_moment, metavar="TIME", help="shifts that touch a time, with --to")
    what.add_argument("--all", action="store_true", help="everything")
    parser.add_argument("--to", dest="end", type=_moment, metavar="TIME", help="such as 2026-11-21T14:00:00+01:00")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the bundle, FILE.zip")
    parser.add_argument("--no-images", action="store_true", help="leave the image files out")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Export; 0 also when something that records name is missing at the station, because the verifier names it."""
    output = Output(as_json=arguments.json, watched=arguments.watched)
    choice = _choice(arguments)
    with output.stages("Export") as show:
        exported = export_bundle(
            arguments.station,
            choice,
            arguments.output,
            ledger=arguments.ledger or _ledger(arguments.station),
            images=not arguments.no_images,
            force=arguments.force,
            progress=show,
        )
    record = tell_station(
        arguments.station, "bundle", _about(arguments, choice), arguments.output, watched=arguments.watched
    )
    output.document({"bundle": str(arguments.output), **asdict(exported), "record": record})
    _say(arguments.output, choice, exported, output)
    say_recorded(record, output)
    return 0


def _moment(text: str) -> datetime:
    """A time with its offset from UTC; "Z" is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no time such as 2026-11-21T14:00:00Z") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"'{text}' does not say its offset, such as Z or +01:00")
    return moment


def _choice(arguments: argparse.Namespace) -> Choice:
    if (arguments.begin is None) != (arguments.end is None):
        raise ConfigError("--from and --to go together", "Give both, or neither")
    if arguments.shift is not None:
        return one_shift(arguments.shift)
    if arguments.lot is not None:
        return one_lot(unicodedata.normalize("NFC", arguments.lot))
    if arguments.begin is not None:
        if arguments.end < arguments.begin:
            raise ConfigError("--to is before --from", "Give the earlier time first")
        return between(arguments.begin, arguments.end)
    return everything()


def _about(arguments: argparse.Namespace, choice: Choice) -> str:
    """As the record says it."""
    if arguments.shift is not None:
        return f"shift {arguments.shift}"
    return f"lot {arguments.lot}" if arguments.lot is not None else choice.words


def _ledger(station: Path) -> Path | None:
    """Where the settings put the log; a copy of a station may be without settings."""
    if not (station / "station.toml").is_file():
        return None
    return station / load_config(station).ledger.path


def _say(path: Path, choice: Choice, exported: Exported, output: Output) -> None:
    manifest = exported.manifest
    first, last = manifest.first_shift, manifest.last_shift
    shifts = f"shift {first}" if first == last else f"shifts {first} to {last}"
    output.say(f"{path}: {choice.words} of station {manifest.station}, {exported.size} bytes", style="bold")
    output.say(f"  {shifts}, records {manifest.first} to {manifest.first + manifest.count - 1}")
    images = f"{exported.images} images" if manifest.images else "images left out"
    if exported.images_erased:
        images += f", {exported.images_erased} were erased by rule"
    output.say(f"  {exported.documents} documents, {images}")
    for digest in exported.missing_images[:SHOWN_MISSING]:
        output.say(f"  missing at the station: image {digest}", style="bold red")
    if exported.images_missing > SHOWN_MISSING:
        output.say(f"  ... and {exported.images_missing - SHOWN_MISSING} more images", style="bold red")
    for name in exported.missing_documents:
        output.say(f"  missing at the station: {name}", style="yellow")
    for shift in exported.damaged_shifts:
        output.say(f"  shift {shift} is damaged: what it erased is left out; run `inspector verify`", style="bold red")
    output.say(f"Check it: {output.program()} verify {path}")
