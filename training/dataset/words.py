# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all actions of `inspector dataset` say alike."""

from __future__ import annotations

import argparse
from pathlib import Path

from inspector.cli.output import Output, add_json
from training.dataset.manifest import Manifest
from training.dataset.problems import Problems
from training.dataset.statistics import states

EXIT_CODES = """exit codes:
  0  done; warnings may have been said
  1  something is wrong with the data, or the dataset cannot be used: nothing was changed
  2  wrong usage"""

SHOWN = 40
"""So many problems are told to people; with --json all."""


def new_action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str
) -> argparse.ArgumentParser:
    """A parser for an action, with what all have."""
    parser = actions.add_parser(
        name,
        help=words,
        description=words[0].upper() + words[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--dataset", type=Path, default=Path("dataset"), metavar="DIR", help="folder of the dataset (dataset)"
    )
    add_json(parser)
    return parser


def in_words(manifest: Manifest) -> str:
    """How many pictures are in which state."""
    found = states(manifest.images)
    total, still = len(manifest.images), found["unlabelled"]
    return (
        f"{total} {_plural('image', total)}: {found['labelled']} labelled, {found['good']} good, "
        f"{still} {_plural('image', still)} unlabelled"
    )


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def tell_problems(output: Output, problems: Problems) -> None:
    """List what is wrong, for people."""
    shown = problems.in_order()[:SHOWN]
    if not shown:
        return
    for one in shown:
        output.say(f"{'error' if one.fatal else 'warning':7}  {one.where}: {one.what} [{one.kind.value}]")
    left = len(problems.found) - len(shown)
    if left:
        kinds = ", ".join(f"{number} {kind}" for kind, number in problems.by_kind().items())
        output.say(f"... and {left} more (--json lists all). By kind: {kinds}")
    told = f"{problems.errors} {_plural('error', problems.errors)}, "
    output.say(told + f"{problems.warnings} {_plural('warning', problems.warnings)}")


def problems_document(problems: Problems) -> dict[str, object]:
    """What is wrong, for scripts."""
    return {
        "errors": problems.errors,
        "warnings": problems.warnings,
        "problems": [one.as_json() for one in problems.in_order()],
    }
