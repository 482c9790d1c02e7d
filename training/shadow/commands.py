# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release shadow`: a candidate beside the released model, on the parts of a station."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from inspector.cli.output import Output, add_json
from inspector.cli.times import add_period
from inspector.durable import write_durable
from inspector.errors import DriftRefused, ShadowRefused
from inspector.release.folder import read_release
from inspector.store.queries.reader import AuditReader
from training.drift.parts import Span, newest_record, span_of_last, span_of_shifts
from training.options import count, count_from_zero, shifts
from training.shadow.candidate import load_candidate
from training.shadow.finish import Finished, finish
from training.shadow.look import Eyes
from training.shadow.page import page
from training.shadow.run import Ended, Limits, Run, Show, Stop
from training.shadow.tally import Rules, Tally
from training.shadow.words import tell, verdict_line
from training.threads import threads

DIFFERENT = 4
"""Exit code, as that of drift."""
LAST_PARTS = 1_000
TELL_EVERY_S = 60.0
_FOREVER = 2**62
EXIT_CODES = """exit codes:
  0  the same verdicts on all compared parts
  1  it cannot be told: no part could be compared, or the message says why
  2  wrong usage
  3  there is no such station directory, a record is damaged, or release, model package or recipe are wrong
  4  at least one verdict differs"""


def add_shadow(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `shadow` to `inspector release`."""
    parser = actions.add_parser(
        "shadow",
        help="judge a station's parts with a candidate, beside the released model",
        description=(
            "Judge the stored pictures of production parts with a candidate; compare its verdicts with the recorded"
            " ones. Only reads, at low priority."
            f" Without a span: the last {LAST_PARTS} parts, or with --follow what comes."
        ),
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument("--release", type=Path, metavar="DIR", help="candidate: a release folder, signed or not")
    parser.add_argument("--model", type=Path, metavar="DIR", help="candidate: a model package, with --recipe")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="candidate: the recipe, with --model")
    parser.add_argument("--follow", action="store_true", help="go along with the running station, until Ctrl-C")
    parser.add_argument("--parts", type=count, metavar="N", help="with --follow: until so many parts")
    parser.add_argument("--minutes", type=_minutes, metavar="M", help="with --follow: for so long")
    parser.add_argument("--last", type=count, metavar="N", help="the last N parts; with --follow: and then what comes")
    parser.add_argument("--shifts", type=shifts, metavar="N..M", help="only these shifts, both included; N alone: one")
    add_period(parser)
    parser.add_argument("--threads", type=threads, default=1, help="inference threads (1)")
    parser.add_argument("--backend", choices=("openvino", "onnxruntime"), default="openvino", help="runtime (openvino)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the gallery of differences as one HTML file")
    parser.add_argument(
        "--pictures", type=count_from_zero, default=200, metavar="N", help="at most so many pictures in it (200)"
    )
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="write the result; must not exist")
    add_json(parser)
    parser.set_defaults(run=_run, behind_the_line=True, usage=parser.error)


def _minutes(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return float(text)


def _run(args: argparse.Namespace) -> int:
    model, recipe = _check(args)
    output = Output(as_json=args.json)
    with AuditReader(args.station) as reader:  # no station: told before the model is loaded
        span = _span(reader, args)
        tally = Tally(_newest_rules(reader, span))
    candidate = load_candidate(model, recipe, args.backend, args.threads)
    eyes = Eyes(args.station, candidate)
    stop = Stop()
    with _few_threads(args.threads), stop.listening(), _shown(output, follow=args.follow) as show:
        run = Run(args.station, eyes, tally, show, stop)
        ended, behind = _judge(run, args, span)
        with AuditReader(args.station) as reader:
            made_us = time.time_ns() // 1000
            found = finish(
                reader, candidate, eyes, tally, made_us=made_us, follow=args.follow, ended=ended, behind=behind
            )
    tell(output, found.result)
    _write(args, output, found)
    output.say(*verdict_line(found.result))
    output.document(found.result.model_dump(mode="json"))
    if not found.result.compared:
        return 1
    return DIFFERENT if found.result.differ else 0


def _check(args: argparse.Namespace) -> tuple[Path, Path]:
    """Usage; returns where model package and recipe are."""
    if (args.release is None) == (args.model is None) or (args.model is None) != (args.recipe is None):
        args.usage("name the candidate: --release, or --model with --recipe")
    if not args.follow and (args.parts is not None or args.minutes is not None):
        args.usage("--parts and --minutes belong to --follow; for stored parts there is --last")
    if args.follow and (args.shifts is not None or args.to_s != _FOREVER):
        args.usage("--follow begins somewhere (--last, --from) and ends with --parts, --minutes or Ctrl-C")
    for name in ("html", "output"):
        file = getattr(args, name)
        if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
            args.usage(f"--{name}: {file} is a folder, or lies in none")
    if args.output is not None and args.output.exists():
        raise ShadowRefused(f"{args.output} exists", "Name a new file; the old result may still be of use")
    if args.release is not None:
        release = read_release(args.release)
        return release.model, release.recipe
    return args.model, args.recipe


def _span(reader: AuditReader, args: argparse.Namespace) -> Span:
    """What was asked for; without a span the last parts, or with --follow what comes from now on."""
    timed = args.from_s != 0 or args.to_s != _FOREVER
    if (args.last is not None) + (args.shifts is not None) + timed > 1:
        args.usage("name one of --last, --shifts, and --from with --to")
    newest = newest_record(reader)
    if timed:
        found = reader.tally(1, newest, from_s=args.from_s, to_s=args.to_s)
        first = min((one.first for one in found), default=newest + 1)
        last = max((one.last for one in found), default=newest)
        return Span(first, last, args.from_s * 1_000_000, args.to_s * 1_000_000 + 999_999)
    if args.shifts is not None:
        try:
            return span_of_shifts(reader, *args.shifts)
        except DriftRefused as error:
            raise ShadowRefused(error.message, error.advice) from error
    if args.follow and args.last is None:
        return Span(newest + 1, newest)
    return span_of_last(reader, args.last or LAST_PARTS)


def _newest_rules(reader: AuditReader, span: Span) -> Rules | None:
    """What judged the newest production part of a span; None where no model has judged any."""
    from_s, to_s = span.from_us // 1_000_000, span.to_us // 1_000_000
    found = [
        (one.last, one.rules.model, one.rules.recipe)
        for one in reader.tally(span.first, span.last, from_s=from_s, to_s=to_s)
        if not one.challenge
    ]
    known = [(last, model, recipe) for last, model, recipe in found if model is not None and recipe is not None]
    return max(known)[1:] if known else None


def _judge(run: Run, args: argparse.Namespace, span: Span) -> tuple[Ended, int]:
    if args.follow:
        return run.follow(span.first - 1, Limits(args.parts, args.minutes), span.from_us)
    with AuditReader(args.station) as reader:
        return run.stored(reader, span)


@contextmanager
def _few_threads(threads: int) -> Iterator[None]:
    """OpenCV takes every core for the image gate otherwise."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@contextmanager
def _shown(output: Output, *, follow: bool) -> Iterator[Show]:
    """How far it is: a bar on a terminal; in a log, of a run that follows a station, a line a minute."""
    next_s = time.monotonic() + TELL_EVERY_S
    with output.progress(transient=True) as progress:
        task = progress.add_task("Judging", total=None, note="")

        def show(tally: Tally, total: int | None, behind: int) -> None:
            nonlocal next_s
            words = f"{tally.differ} differ, {behind} parts {'behind' if follow else 'to go'}"
            if tally.last_other:
                words += "; the station judges by other rules now"
            progress.update(task, completed=tally.parts, total=total, note=words)
            if follow and not sys.stderr.isatty() and time.monotonic() >= next_s:
                next_s = time.monotonic() + TELL_EVERY_S
                output.say(f"{tally.compared} parts compared, {words}")

        yield show


def _write(args: argparse.Namespace, output: Output, found: Finished) -> None:
    """The files.

    Raises:
        ShadowRefused: One cannot be written.
    """
    data = {}
    if args.output is not None:
        data[args.output] = found.result.encode()
    if args.html is not None:
        data[args.html] = page(args.station, found, args.pictures)
    for path, content in data.items():
        try:
            write_durable(path.absolute(), content)
        except OSError as error:
            raise ShadowRefused(f"{path} cannot be written: {error.strerror}", "Choose another place") from error
        output.say(f"Written to {path}")
