# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector drift baseline | check`: whether a station still sees what it saw when its model was released."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inspector.cli.output import Output, add_json
from inspector.cli.times import add_period
from inspector.durable import write_durable
from inspector.errors import DriftRefused
from inspector.store.read import RecordReader
from training.drift import words
from training.drift.baseline import MAX_BASELINE_BYTES, MIN_VIEWS, Baseline
from training.drift.compare import MIN_NOW, Comparison, compare
from training.drift.make import BaselineMaker
from training.drift.parts import Part, Span, newest_record, span_of_last, span_of_shifts, stream
from training.drift.psi import FALSE_ALARMS
from training.drift.tally import Tally
from training.options import count, shifts

DRIFT = 4
"""Exit code; 3 is taken by settings, files and records that are wrong."""
MAX_GROUPS = 2_000
_HOUR_US = 3_600_000_000
EXIT_CODES = """exit codes:
  0  done; with check: no drift
  1  no baseline can be made, or nothing can be compared: the message says why
  2  wrong usage
  3  there is no such station directory, or a record is damaged
  4  drift"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `drift`."""
    parser = subparsers.add_parser(
        "drift",
        help="compare brightness, sharpness, scores and rejects with those of the release",
        description="Drift of a station, from its records (docs/qa-engineer.md).",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    baseline = _action(actions, "baseline", "write down how it looks while all is well")
    baseline.add_argument(
        "--newest-rules", action="store_true", help="only the newest parts, since model and recipe are the last ones"
    )
    baseline.add_argument(
        "--output", "-o", type=Path, required=True, metavar="FILE", help="file to write; must not exist"
    )
    baseline.set_defaults(run=_run_baseline, behind_the_line=True)
    check = _action(actions, "check", "compare with a baseline; without a span: what came after it")
    check.add_argument("--baseline", type=Path, required=True, metavar="FILE", help="what `baseline` wrote")
    check.add_argument("--last", type=count, metavar="N", help="the last N parts")
    check.add_argument("--by", choices=("shift", "hour"), help="also shift by shift, or hour by hour (UTC)")
    check.set_defaults(run=_run_check, behind_the_line=True)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, said: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=said,
        description=said[0].upper() + said[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument("--shifts", type=shifts, metavar="N..M", help="only these shifts, both included; N alone: one")
    add_period(parser)
    add_json(parser)
    parser.set_defaults(usage=parser.error)
    return parser


def _run_baseline(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    if args.output.exists():
        raise DriftRefused(f"{args.output} exists", "Name a new file; the old baseline may still be of use")
    maker = BaselineMaker(newest_rules=args.newest_rules)
    with RecordReader(args.station) as reader, _parts(output, reader, _span(reader, args, 1)) as parts:
        for part in parts:
            maker.add(part)
    baseline = maker.finish()
    try:
        write_durable(args.output.absolute(), baseline.encode())
    except OSError as error:
        raise DriftRefused(f"{args.output} cannot be written: {error.strerror}", "Choose another place") from error
    words.tell_baseline(output, baseline)
    output.say(f"Written to {args.output}")
    output.document({"file": str(args.output), **baseline.model_dump(mode="json")})
    return 0


def _run_check(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    baseline = _load(args.baseline)
    whole = Tally(baseline)
    groups: dict[str, Tally] = {}
    with RecordReader(args.station) as reader:
        _same_station(reader, baseline, args.station)
        span = _span(reader, args, baseline.last_record + 1)
        with _parts(output, reader, span) as parts:
            for part in parts:
                whole.add(part)
                if args.by:
                    _group(groups, _name(part, args.by), baseline).add(part)
    _something(whole)
    counted = {name: tally for name, tally in groups.items() if tally.parts}
    found, *by_group = compare([whole, *counted.values()])
    told = {name: (tally, listed) for (name, tally), listed in zip(counted.items(), by_group, strict=True)}
    words.tell_check(output, whole, found)
    if args.by:
        words.tell_groups(output, args.by, told)
    began = next((name for name, (_, listed) in told.items() if any(one.drifts for one in listed)), None)
    code = _verdict(output, [*found, *(one for listed in by_group for one in listed)], args.by, began)
    output.document(
        {
            "drift": code == DRIFT,
            "baseline": words.baseline_document(baseline),
            "false_alarms": FALSE_ALARMS,
            **words.check_document(whole, found),
            "by": args.by,
            "began": began,
            "groups": [{"name": name, **words.check_document(*pair)} for name, pair in told.items()],
        }
    )
    return code


def _verdict(output: Output, found: list[Comparison], by: str | None, began: str | None) -> int:
    drifting = list(dict.fromkeys(f"{one.measure} of camera {one.camera}" for one in found if one.drifts))
    if drifting:
        since = f", first in {by} {began}" if began is not None else ""
        output.say(f"DRIFT: {', '.join(drifting)}{since}", style="bold red")
        return DRIFT
    if all(one.psi is None for one in found):
        output.say(f"Nothing can be compared: every camera has fewer than {MIN_NOW} pictures", style="bold yellow")
        return 1
    few = sum(one.psi is None for one in found)
    output.say(
        "No drift" + (f"; {few} comparisons had fewer than {MIN_NOW} pictures" if few else ""), style="bold green"
    )
    return 0


def _load(path: Path) -> Baseline:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BASELINE_BYTES + 1)
    except OSError as error:
        raise DriftRefused(
            f"{path} cannot be read: {error.strerror}", "Make it with `inspector drift baseline`"
        ) from error
    return Baseline.parse(data, str(path))


def _same_station(reader: RecordReader, baseline: Baseline, station: Path) -> None:
    """Light and cameras of another station are others: they are never compared."""
    record = reader.record(baseline.last_record)
    if record is None or record.hash != baseline.last_record_hash:
        message = (
            f"The baseline is of station {baseline.station} with a record {baseline.last_record} that {station} lacks"
        )
        raise DriftRefused(message, "Make a baseline of this station, or run `inspector verify` if it is the same")


def _span(reader: RecordReader, args: argparse.Namespace, default_first: int) -> Span:
    """The span that was asked for; without any, from `default_first` on."""
    last_parts = getattr(args, "last", None)
    timed = args.from_s != 0 or args.to_s != 2**62
    if (last_parts is not None) + (args.shifts is not None) + timed > 1:
        args.usage("name one of --last, --shifts, and --from with --to")
    if last_parts is not None:
        return span_of_last(reader, last_parts)
    if args.shifts is not None:
        return span_of_shifts(reader, *args.shifts)
    first = 1 if timed else default_first
    return Span(first, newest_record(reader), args.from_s * 1_000_000, args.to_s * 1_000_000 + 999_999)


@contextmanager
def _parts(output: Output, reader: RecordReader, span: Span) -> Iterator[Iterator[Part]]:
    with output.stages("Reading") as stage:
        yield stream(reader, span, lambda done, total: stage("records", done, total))


def _name(part: Part, by: str) -> str:
    return str(part.shift) if by == "shift" else words.minute(part.t_us // _HOUR_US * _HOUR_US)


def _group(groups: dict[str, Tally], name: str, baseline: Baseline) -> Tally:
    tally = groups.get(name)
    if tally is None:
        if len(groups) >= MAX_GROUPS:
            raise DriftRefused(f"There are more than {MAX_GROUPS} groups", "Take a shorter span, or --by shift")
        tally = groups[name] = Tally(baseline)
    return tally


def _something(whole: Tally) -> None:
    if whole.parts:
        return
    if whole.other_rules:
        number = sum(other.parts for other in whole.other_rules.values()) + whole.more_rules
        raise DriftRefused(
            f"None of these {number} parts was judged by model and recipe of the baseline "
            f"({whole.baseline.model[:12]}, {whole.baseline.recipe[:12]})",
            f"Make a baseline of the rules in force; it needs {MIN_VIEWS} pictures of each camera",
        )
    message = f"No part in this span counts ({whole.test_parts} test parts and {whole.no_rules} unjudged ones do not)"
    raise DriftRefused(message, "Choose another span")
