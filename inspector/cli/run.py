# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector run`: the station, until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output
from inspector.cli.passphrase import read_passphrase
from inspector.cli.watch import StationWatch
from inspector.errors import ChannelError, InspectorError
from inspector.supervisor import Supervisor

log = logging.getLogger(__name__)


def add_parsers(subparsers: Any) -> None:
    """Add `run`."""
    parser = subparsers.add_parser("run", help="run a station until Ctrl-C")
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    parser.add_argument(
        "--ask-passphrase", action="store_true", help="ask for the passphrase of the signing key at the prompt"
    )
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="end in order also when standard input is closed, for a program that starts the station as its child",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the supervisor in the foreground."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    output = Output(as_json=False)
    passphrase = read_passphrase(None, "the signing key") if arguments.ask_passphrase else ""
    supervisor = Supervisor(arguments.station)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if arguments.until_input_ends:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), name="input", daemon=True).start()
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    output.say(f"Station {supervisor.config.station.name} starts; Ctrl-C ends it. Logs: {arguments.station / 'logs'}")
    output.say(f"Screen: inspector gui --station {arguments.station}")
    worker = threading.Thread(target=supervisor.run, args=(stop,), name="supervisor")
    worker.start()
    if passphrase:
        _unlock(arguments.station, passphrase, output)
    watch = StationWatch(arguments.station, lambda line: log.info("%s", line))
    while worker.is_alive():
        worker.join(0.2)
        if not stop.is_set():
            watch.step()
    watch.close()
    return 0


def _stop_at_end_of_input(stop: threading.Event) -> None:
    """Whoever started us holds the other end; the operating system closes it also when that process is killed."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


def _unlock(station: Path, passphrase: str, output: Output) -> None:
    try:
        with StationControl(station, connect_within_s=30) as control:
            control.request("unlock", passphrase=passphrase)
        output.say("Signing key unlocked.")
    except ChannelError as error:
        output.error(error)
    except InspectorError as error:
        output.error(error)
        output.say("Inspection goes on; heads and seals stay unsigned until `inspector shift unlock`.")
