# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector replay`: a recorded part is judged again from its stored pixels."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.cli.audit_document import as_document
from inspector.cli.output import Output, add_json
from inspector.cli.watched import add_watched
from inspector.errors import ConfigError
from inspector.station.replay_difference import Tolerance, told
from inspector.store.queries.reader import AuditReader
from inspector.store.read import StoredRecord

if TYPE_CHECKING:
    from inspector.station.replay import Replay, ViewReplay

EPILOG = """exit codes:
  0  the same
  1  at least one part cannot be replayed; the reason is told
  2  at least one part differs; or wrong usage
  3  there is no such station directory or record, or a record is damaged"""

_CODES = {"same": 0, "not replayable by rule": 1, "differs": 2}


def add_parsers(subparsers: Any) -> None:
    """Add `replay`."""
    default = Tolerance()
    parser = subparsers.add_parser(
        "replay",
        help="judge a recorded part again, from its stored pixels",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("serial", nargs="?", help="serial of the part; all records with it are replayed")
    which.add_argument("--record", type=int, metavar="SEQ", help="number of its record")
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument(
        "--package",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="folder of the model package, if it is not on the station any more; may be given again",
    )
    parser.add_argument(
        "--score-tolerance",
        type=float,
        default=default.score_ppm / 1e6,
        metavar="SHARE",
        help=f"scores may differ by this much (default: {default.score_ppm / 1e6})",
    )
    parser.add_argument(
        "--box-tolerance",
        type=float,
        default=default.box_16 / 16,
        metavar="PX",
        help=f"sides of boxes may differ by so many pixels (default: {default.box_16 / 16:.0f})",
    )
    add_json(parser)
    add_watched(parser)
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Replay; see `EPILOG`."""
    # Imported here: OpenCV and what judges cost every other command a tenth of a second.
    from inspector.station.replay import replay
    from inspector.station.replay_rules import RuleFinder

    output = Output(as_json=arguments.json)
    tolerance = Tolerance(round(arguments.score_tolerance * 1e6), round(arguments.box_tolerance * 16))
    rules = RuleFinder(arguments.station, arguments.package)
    with AuditReader(arguments.station) as reader:
        records = _records(reader, arguments)
        with output.progress(transient=True) as progress:
            task = progress.add_task("Replay", total=len(records), note="")
            done = []
            for record in records:
                done.append(replay(reader, record, rules, tolerance))
                progress.advance(task)
    output.document({"tolerance": as_document(tolerance), "replays": as_document(done)})
    for one in done:
        _say(one, output)
    return max(_CODES[one.state] for one in done)


def _records(reader: AuditReader, arguments: argparse.Namespace) -> Sequence[StoredRecord]:
    if arguments.serial is not None:
        found = reader.by_serial(arguments.serial)
        if not found:
            raise ConfigError(f"no part with serial {arguments.serial} was recorded", "Look it up: `inspector show`")
        return found
    record = reader.record(arguments.record)
    if record is None or record.kind != "part":
        raise ConfigError(f"record {arguments.record} is no part record", "`inspector show --type part` lists them")
    return [record]


def _say(one: Replay, output: Output) -> None:
    style = {"same": "bold green", "differs": "bold red"}.get(one.state, "bold yellow")
    output.say(f"record {one.record}, serial {one.serial or '-'}: {one.state.upper()}", style=style)
    verdict = one.recorded if one.replayed is None else f"{one.recorded}, now {one.replayed}"
    output.say(f"  recorded verdict {verdict}" + (f" ({one.backend})" if one.backend else ""))
    if one.reason:
        output.say(f"  {one.reason}")
    for view in one.views:
        _say_view(view, output)


def _say_view(view: ViewReplay, output: Output) -> None:
    off = [one for one in view.differences if not one.tolerated]
    near = [one.by for one in view.differences if one.tolerated]
    small = f"; {len(near)} differences within the tolerance" if near else ""
    output.say(f"  {view.camera}: {view.reason or view.state.value}{small}")
    for one in off:
        output.say(f"    {told(one)}")
