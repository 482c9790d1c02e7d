# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where commands write: words for people, or one JSON document for scripts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from inspector.cli.watched import ProgressLines
from inspector.errors import InspectorError


class Output:
    """Everything a command says.

    Args:
        as_json: Say nothing but one JSON document on standard output.
        watched: Tell progress to a program, in lines.
    """

    def __init__(self, *, as_json: bool, watched: bool = False) -> None:
        self.as_json = as_json
        self._watched = watched
        self.console = Console(stderr=as_json, highlight=False)

    def say(self, text: str, style: str = "") -> None:
        """One line for people."""
        if not self.as_json:
            self.console.print(Text(text, style=style), soft_wrap=True)

    def table(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for people."""
        if self.as_json:
            return
        table = Table(title=title, title_justify="left")
        for index, name in enumerate(header):
            table.add_column(name, justify="left" if index == 0 else "right", overflow="fold")
        for row in rows:
            table.add_row(*[str(cell) for cell in row])
        self.console.print(table)

    def document(self, document: Mapping[str, object]) -> None:
        """The result for scripts; nothing without `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")

    def error(self, error: InspectorError) -> None:
        """One clear error: what happened and what to do."""
        if self.as_json:
            self.document({"error": {"code": error.code, "message": error.message, "advice": error.advice}})
            return
        sys.stderr.write(f"inspector: {error.message}\n")
        if error.advice:
            sys.stderr.write(f"  what to do: {error.advice}\n")

    def program(self) -> str:
        """How this program can be called again: by its name where it is on the path, else by its place."""
        if which("inspector") is not None:
            return "inspector"
        place = Path(sys.argv[0])
        here = Path.cwd()
        return str(place.relative_to(here) if place.is_relative_to(here) else place)

    @contextmanager
    def stages(self, what: str) -> Iterator[Callable[[str, int, int], None]]:
        """Progress of work; what is yielded is called with a stage, how much of it is done, and of how much."""
        if self._watched:
            yield ProgressLines()
            return
        with self.progress(transient=True) as progress:
            task = progress.add_task(what, total=None, note="")

            def show(stage: str, done: int, total: int) -> None:
                progress.update(task, description=f"{what} {stage}", completed=done, total=total)

            yield show

    def progress(self, *, transient: bool = False) -> Progress:
        """A progress bar on standard error, silent with `--json`; `transient` leaves nothing of it behind."""
        console = Console(stderr=True)
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=self.as_json,
            transient=transient,
        )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option every command has that an engineer would script."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
