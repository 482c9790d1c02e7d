# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger monitor`: look at a log, once or for ever, and tell people."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.errors import LedgerUnreachable
from ledger_anchor.monitor.folder import MonitorFolder, read_monitor
from ledger_anchor.monitor.monitor import Look
from ledger_anchor.monitor.notify import MOST_AT_ONCE
from ledger_anchor.monitor.state import MonitorState

EXIT_FINDINGS = 2


def add_parsers(actions: Any) -> None:
    """Add `monitor`."""
    parser = actions.add_parser("monitor", help="read every entry of a log, and tell of twins, gaps, forks and delays")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with monitor.toml")
    parser.add_argument("--once", action="store_true", help="look once; exit code 2 if there is any finding")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    folder = read_monitor(arguments.folder)
    with ExitStack() as undo:
        monitor, state = folder.open(undo)
        while True:
            look = monitor.look(folder.station_seals())
            problem = _tell(folder, state)
            _say(output, look, state, problem)
            if arguments.once:
                return EXIT_FINDINGS if state.findings() else 0
            time.sleep(folder.settings.look_every_s)


def _say(output: Output, look: Look, state: MonitorState, problem: str) -> None:
    known = state.findings()
    output.document(
        {
            "size": look.size,
            "fresh": [one.document() for one in look.fresh],
            "findings": [one.document() for one in known],
            "not_told": problem,
        }
    )
    for one in look.fresh:
        output.say(f"{one.rule} {one.station} {one.place}: {one.message}")
    output.say(f"{look.size} entries read, {len(known)} findings so far.")
    if problem:
        output.say(f"Nobody was told: {problem}", "bold")


def _tell(folder: MonitorFolder, state: MonitorState) -> str:
    """Findings stay untold until every channel has taken them: told twice is better than never."""
    waiting = state.untold()[:MOST_AT_ONCE]
    if not waiting:
        return ""
    for channel in folder.channels:
        try:
            channel.tell(folder.settings.key.split("+", 1)[0], [one for _, one in waiting])
        except LedgerUnreachable as error:
            return str(error)
    with state.together():
        state.told(number for number, _ in waiting)
    return ""
