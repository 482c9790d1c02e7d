# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector backup` and `inspector restore`: a consistent copy while the station inspects, and back again."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.verify import public_key, say_report
from inspector.errors import ChannelError, ShiftError
from inspector.store.backup import Progress, back_up
from inspector.store.backup_files import BackupList
from inspector.store.restore import Restored, restore

SHOWN = 20
BACKUP_CODES = """exit codes:
  0  the backup is complete
  1  another backup or the erasing of images is under way
  2  wrong usage
  3  it is not: no space, no permission, no station; or it is made, and lacks files that the station does not have"""
RESTORE_CODES = """exit codes:
  0  restored; nobody who was asked knows newer records
  1  restored, and the backup is old: the ledger or the former directory has newer records, and no shift can be opened
  2  wrong usage; or verification found tampering or damage
  3  not restored: no complete backup, a damaged file, no space, or the directory is not empty"""


def add_parsers(subparsers: Any) -> None:
    """Add `backup` and `restore`."""
    make = subparsers.add_parser(
        "backup",
        help="back a station up while it inspects",
        epilog=BACKUP_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    make.add_argument("folder", type=Path, metavar="DEST", help="the backup; a second one copies only what is new")
    make.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    make.add_argument(
        "--check-all", action="store_true", help="read files that an earlier backup has copied, and mend damaged ones"
    )
    add_json(make)
    make.set_defaults(run=_backup, behind_the_line=True)
    back = subparsers.add_parser(
        "restore",
        help="make a station directory from a backup",
        epilog=RESTORE_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    back.add_argument("folder", type=Path, metavar="SOURCE", help="the backup")
    back.add_argument("station", type=Path, metavar="STATION", help="new or empty directory")
    back.add_argument(
        "--former", type=Path, metavar="DIR", help="what is left of the station (default: where it was backed up)"
    )
    back.add_argument("--ledger", type=Path, metavar="DIR", help="folder of the ledger's log, if it lies elsewhere")
    back.add_argument("--key", metavar="HEX_OR_FILE", help="public key of the station that you know from elsewhere")
    back.add_argument("--even-if-damaged", action="store_true", help="put it in place although verification fails")
    add_json(back)
    back.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with _bar(output) as show:
        made = back_up(arguments.station, arguments.folder, again=arguments.check_all, progress=show)
    recorded = _tell_station(arguments.station, made)
    output.document({**_gist(made), "recorded": recorded, "left_out": made.left_out, "problems": made.problems})
    output.say(
        f"Backup of {made.station} as of {_time(made.made_us)}: records up to {made.seq}, images of {made.images}"
        f" views, {len(made.files)} other files."
    )
    if not recorded:
        output.say("No station runs there; no record says that this backup was made.")
    for name in made.left_out:
        output.say(f"  left out, because it holds a secret or might: {name}")
    _say_missing(made.problems, made.problem_count, output)
    if not made.problem_count:
        return 0
    output.say("What the records name is not all there. Run `inspector verify`.", style="bold red")
    return 3


def _tell_station(station: Path, made: BackupList) -> bool:
    """Let the running station record it; False when none runs. The backup is made either way."""
    words = f"images of {made.images} views, {len(made.files)} other files, {made.problem_count} missing"
    try:
        with StationControl(station) as control:
            control.request("backup-made", seq=made.seq, head=made.head, words=words)
    except (ChannelError, ShiftError):
        return False
    return True


def _restore(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with _bar(output) as show:
        done = restore(
            arguments.folder,
            arguments.station,
            former=arguments.former,
            ledger=arguments.ledger,
            expected_key=None if arguments.key is None else public_key(arguments.key, "--key"),
            even_if_damaged=arguments.even_if_damaged,
            progress=show,
        )
    output.document(
        {
            **_gist(done.made),
            "placed": done.placed,
            "old": done.old,
            "asked": list(done.asked),
            "missing": list(done.missing),
            "left_out": done.made.left_out,
            "verification": done.report.as_dict(),
        }
    )
    say_report(done.report, output)
    _say_missing(list(done.missing), len(done.missing), output)
    if not done.placed:
        output.say("Nothing was put in place. --even-if-damaged does it all the same.", style="bold red")
        return 2
    _say_restored(done, arguments.station, output)
    return 1 if done.old else 2 if done.report.exit_code == 2 else 0


def _say_restored(done: Restored, station: Path, output: Output) -> None:
    output.say(f"Restored to {station}: records up to {done.made.seq}, as of {_time(done.made.made_us)}.")
    for name in done.made.left_out:
        output.say(f"  not in the backup, put it back by hand: {name}")
    if done.old:
        output.say(f"OLD BACKUP: {done.old}.", style="bold red")
        output.say("The station refuses to open a shift with these records: see docs/backup.md.")
    elif done.asked:
        output.say(f"Nothing newer is known to {', '.join(done.asked)}.")
    else:
        output.say("No ledger and no former directory could be asked whether there are newer records.", style="yellow")
    output.say(f"What was recorded after {_time(done.made.made_us)} is not here.")


def _gist(made: BackupList) -> dict[str, object]:
    return {
        "station": made.station,
        "made_us": made.made_us,
        "seq": made.seq,
        "head": made.head,
        "sealed": made.sealed,
        "images": made.images,
        "files": len(made.files),
    }


def _say_missing(missing: list[str], number: int, output: Output) -> None:
    for what in missing[:SHOWN]:
        output.say(f"  missing: {what}", style="red")
    if number > SHOWN:
        output.say(f"  ... and {number - SHOWN} more", style="red")


def _time(t_us: int) -> str:
    return datetime.fromtimestamp(t_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@contextmanager
def _bar(output: Output) -> Iterator[Progress]:
    with output.progress(transient=True) as progress:
        task = progress.add_task("", total=None, note="")

        def show(stage: str, done: int, total: int) -> None:
            progress.update(task, description=stage.capitalize(), completed=done, total=total)

        yield show
