# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector retention`: what the rules say, what would go, and the job that lets it go."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.config import load_config, read_retention
from inspector.evidence.retention import Retention
from inspector.store.documents import DocumentStore
from inspector.store.keeping_lock import keeping_lock
from inspector.store.read import RecordReader
from inspector.store.retention import SLACK_US, Decision, Keeping, holds_in_force

AT_ONCE = 64
LISTED = 20
REASON = "older than its retention rule keeps it"
EXIT_CODES = """exit codes:
  0  done, also when there was nothing to erase
  1  the station refuses, a backup is being made, or no station answers
  2  wrong usage
  3  settings, records or files are wrong; the message says what to do"""


def add_parsers(subparsers: Any) -> None:
    """Add `retention` with its actions."""
    parser = subparsers.add_parser(
        "retention",
        help="how long images are kept: show the rules, erase what they let go",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    shown = actions.add_parser("show", help="the rules in the settings, which the next shift is opened under")
    apply = actions.add_parser("apply", help="erase the images that their rules let go; the station does it")
    apply.add_argument("--dry-run", action="store_true", help="only say what would go; needs no running station")
    add_person(apply, needed=False, words="staff id of who started the job; without it it was the job")
    apply.add_argument("--reason", default=REASON, help="why, for the records")
    for action, function in ((shown, _show), (apply, _apply)):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function, behind_the_line=True)


def _show(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    file = load_config(arguments.station).retention.file
    found = read_retention(arguments.station / file) if file else None
    output.document({"file": file, "retention": _document(found)})
    if found is None:
        output.say("No retention file is set: every image is kept for ever.")
        return 0
    output.say(f"{found.name} ({file}), document {found.digest}")
    output.table(
        "Images are kept at least so long; what no rule speaks of, for ever",
        ("class", "recipe", "customer", "days"),
        [
            (rule.record_class or "every", rule.recipe or "every", rule.customer or "every", _days(rule.keep_days))
            for rule in found.rules
        ],
    )
    return 0


def _document(found: Retention | None) -> dict[str, object] | None:
    if found is None:
        return None
    rules = [
        {
            "class": rule.record_class,
            "recipe": rule.recipe,
            "customer": rule.customer,
            "keep_days": rule.keep_days,
        }
        for rule in found.rules
    ]
    return {"name": found.name, "digest": found.digest, "rules": rules}


def _days(days: int | None) -> str:
    return "for ever" if days is None else str(days)


def _apply(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    station: Path = arguments.station
    now_us = time.time_ns() // 1000 - SLACK_US
    if arguments.dry_run:
        return _would_go(station, now_us, output)
    with (
        keeping_lock(station),
        StationControl(station) as control,
        signed_in(control, arguments) if arguments.operator else nullcontext(),
    ):
        with RecordReader(station) as reader:
            due = list(Keeping(reader, DocumentStore(station)).due(now_us))
        total: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        with output.progress(transient=True) as progress:
            task = progress.add_task("Erase", total=len(due), note="")
            for begin in range(0, len(due), AT_ONCE):
                result = control.request(
                    "images-erase",
                    images=due[begin : begin + AT_ONCE],
                    operator=arguments.operator,
                    reason=arguments.reason,
                )
                total.update({name: int(result[name]) for name in ("files", "records", "bytes")})
                kept.update(str(one["why"]) for one in result["kept"])
                progress.update(task, completed=begin + AT_ONCE)
    output.document({"dry_run": False, **{name: total[name] for name in ("files", "records", "bytes")}, "kept": kept})
    output.say(f"{total['files']} files erased ({total['bytes'] / 1e6:.1f} MB), {total['records']} records written.")
    _say_kept(kept, output)
    return 0


def _would_go(station: Path, now_us: int, output: Output) -> int:
    going: list[Decision] = []
    kept: Counter[str] = Counter()
    with RecordReader(station) as reader:
        keeping = Keeping(reader, DocumentStore(station))
        holds = [hold.name for hold in holds_in_force(reader)]
        for digest in keeping.due(now_us):
            decision = keeping.decide(digest, now_us)
            if decision.kept:
                kept[decision.kept] += 1
            else:
                going.append(decision)
    records, size = sum(len(one.images) for one in going), sum(one.size for one in going)
    output.document(
        {
            "dry_run": True,
            "files": len(going),
            "records": records,
            "bytes": size,
            "kept": kept,
            "images": [{"image": one.digest, "bytes": one.size, "parts": len(one.images)} for one in going],
            "holds": holds,
        }
    )
    output.say(f"{len(going)} files would go ({size / 1e6:.1f} MB), of {records} views of parts.")
    for one in going[:LISTED]:
        output.say(f"  {one.digest}  {one.size} bytes, parts that share it: {len(one.images)}")
    if len(going) > LISTED:
        output.say(f"  ... and {len(going) - LISTED} more; --json lists them")
    _say_kept(kept, output)
    return 0


def _say_kept(kept: Counter[str], output: Output) -> None:
    for why, number in sorted(kept.items()):
        output.say(f"{number} kept: {why}")
