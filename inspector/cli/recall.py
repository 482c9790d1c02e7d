# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector recall`: which parts a model, camera, recipe, lot or time concerns; the list of them as CSV."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.cli.part_list import write_list
from inspector.cli.times import add_period
from inspector.part import Verdict
from inspector.store.queries.fields import utc
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.recall import Recall, RecalledParts, Selection, describe, recall, recalled_parts

EPILOG = """exit codes:
  0  found
  1  no part fits, or the records cannot be read
  2  wrong usage; or a seal states other counts than were found: run `inspector verify`
  3  there is no such station directory, or a record is damaged"""


def add_parsers(subparsers: Any) -> None:
    """Add `recall`."""
    parser = subparsers.add_parser(
        "recall",
        help="which parts a model, camera, recipe, lot or time concerns",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument("--model", metavar="NAME_OR_DIGEST", help="judged by this model; 8 digits of a digest will do")
    parser.add_argument("--recipe", metavar="NAME_OR_DIGEST", help="judged by this recipe")
    parser.add_argument(
        "--camera", metavar="NAME", help="in shifts with this camera: its name, serial number or settings digest"
    )
    parser.add_argument("--lot", help="in shifts of this lot")
    add_period(parser)
    parser.add_argument(
        "--verdict",
        action="append",
        choices=[verdict.value for verdict in Verdict],
        help="list only parts with this verdict; may be given again",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the list of the parts, from their records")
    add_json(parser)
    parser.set_defaults(run=run, behind_the_line=True, usage=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Recall; see `EPILOG`."""
    output = Output(as_json=arguments.json)
    named = (arguments.model, arguments.recipe, arguments.camera, arguments.lot)
    selection = Selection(*named, from_s=arguments.from_s, to_s=arguments.to_s)
    if selection == Selection():
        arguments.usage("say what is recalled: --model, --recipe, --camera, --lot, --from or --to")
    if arguments.verdict and arguments.csv is None:
        arguments.usage("--verdict narrows the list: give --csv FILE too")
    with AuditReader(arguments.station) as reader:
        answer = recall(reader, selection)
        names = reader.names("model") | reader.names("recipe")
        if arguments.csv is not None:
            _list(reader, answer, arguments, output)
    output.document(_document(answer, names))
    _say(answer, names, output)
    if answer.seals_contradict:
        return 2
    return 0 if answer.found else 1


def _list(reader: AuditReader, answer: Recall, arguments: argparse.Namespace, output: Output) -> None:
    verdicts = frozenset(arguments.verdict) if arguments.verdict else None
    counts = answer.total("verdicts")
    expected = sum(counts.get(name, 0) for name in verdicts) if verdicts else answer.parts
    write_list(arguments.csv, recalled_parts(reader, answer, verdicts), output, expected=expected)


def _document(answer: Recall, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "asked": describe(answer.selection),
        "parts": answer.parts,
        "challenge": answer.challenge,
        "verdicts": answer.total("verdicts"),
        "lanes": answer.total("lanes"),
        "seals_agree": answer.seals_agree,
        "seals_contradict": list(answer.seals_contradict),
        "found": [_one(one, names) for one in answer.found],
    }


def _one(one: RecalledParts, names: Mapping[str, str]) -> dict[str, object]:
    model, recipe = one.rules.model, one.rules.recipe
    return {
        "shift": one.shift,
        "lot": one.lot,
        "sealed": one.sealed,
        "anchored": one.anchored,
        "model": {"name": names.get(model or "", ""), "digest": model},
        "recipe": {"name": names.get(recipe or "", ""), "digest": recipe},
        "first_record": one.first,
        "last_record": one.last,
        "from": utc(one.from_s * 1_000_000),
        "to": utc(one.to_s * 1_000_000),
        "parts": one.parts,
        "challenge": one.challenge,
        "verdicts": one.verdicts,
        "lanes": one.lanes,
    }


def _say(answer: Recall, names: Mapping[str, str], output: Output) -> None:
    output.say(f"Recall: {describe(answer.selection)}", style="bold")
    for one in answer.found:
        seal = "anchored" if one.anchored else "sealed" if one.sealed else "open"
        output.say(
            f"  shift {one.shift} ({seal}), lot {one.lot or '-'}, {_minute(one.from_s)} to {_minute(one.to_s)}, records"
            f" {one.first} to {one.last}, model {_short(one.rules.model, names)}, recipe"
            f" {_short(one.rules.recipe, names)}: {one.parts} parts ({counted(one.verdicts)})"
        )
    output.say(f"{answer.parts} parts: {counted(answer.total('verdicts')) or 'none'}", style="bold")
    output.say(f"seen in the lanes: {counted(answer.total('lanes')) or 'none'}; {answer.challenge} test parts besides")
    say_seals(answer, output)


def say_seals(answer: Recall, output: Output) -> None:
    """Whether the seals state the counts."""
    for shift in answer.seals_contradict:
        text = f"The seal of shift {shift} states other counts: something was changed. Run `inspector verify`."
        output.say(text, style="bold red")
    if answer.seals_agree:
        output.say(f"The seals of {answer.seals_agree} shifts state the same counts; `inspector verify` checks them.")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in one line: `PASS 97, FAIL 3`."""
    return ", ".join(f"{name} {parts}" for name, parts in counts.items())


def _minute(t_s: int) -> str:
    return utc(t_s * 1_000_000)[:16]


def _short(digest: str | None, names: Mapping[str, str]) -> str:
    return "-" if digest is None else f"{names.get(digest, '')} {digest[:8]}".strip()
