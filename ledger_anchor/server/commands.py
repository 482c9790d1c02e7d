# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger create`, `admit`, `serve`: a log that several stations share."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from ledger_anchor.log.files import read_log
from ledger_anchor.server.app import log_app
from ledger_anchor.server.folder import admit_station, create_served_log, open_served_log, read_settings
from ledger_anchor.server.tokens import read_tokens
from ledger_anchor.server.writer import BatchWriter
from ledger_anchor.web.serve import serve


def add_parsers(actions: Any) -> None:
    """Add the actions."""
    create = actions.add_parser("create", help="make a log that stations can share")
    create.add_argument("folder", type=Path, metavar="DIR", help="folder of the log")
    create.add_argument("--origin", required=True, metavar="NAME", help="its name, such as plant.example.com/log")
    create.set_defaults(run=_create)
    admit = actions.add_parser("admit", help="let a station write to a log; prints its token, once")
    admit.add_argument("folder", type=Path, metavar="DIR", help="folder of the log")
    admit.add_argument("station", metavar="STATION", help="name of the station")
    admit.add_argument("--key", required=True, metavar="HEX", help="its first public key (keys/station.pub)")
    admit.set_defaults(run=_admit)
    run = actions.add_parser("serve", help="answer stations and readers of a log until told to end")
    run.add_argument("folder", type=Path, metavar="DIR", help="folder of the log")
    run.set_defaults(run=_serve)
    for action in (create, admit, run):
        add_json(action)


def _create(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    create_served_log(arguments.folder, arguments.origin)
    vkey = read_log(arguments.folder).key.vkey()
    output.document({"origin": arguments.origin, "vkey": vkey})
    output.say(f"Log {arguments.origin} in {arguments.folder}. Its key, for stations, witnesses and auditors:\n{vkey}")
    return 0


def _admit(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    token = admit_station(arguments.folder, arguments.station, arguments.key)
    output.document({"station": arguments.station, "token": token})
    output.say(f"{arguments.station} may write. Its token, which is shown only now:\n{token}")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    folder, settings = arguments.folder, read_settings(arguments.folder)
    with ExitStack() as undo:
        ledger = open_served_log(folder, settings, undo)
        writer = BatchWriter(ledger, ledger.read_stations)
        undo.callback(writer.close)

        def ready(url: str) -> None:
            output.document({"url": url, "origin": ledger.origin, "size": ledger.size})
            output.say(f"Log {ledger.origin} with {ledger.size} entries answers at {url}. Ctrl+C ends it.")

        app = log_app(folder, ledger, writer, lambda: read_tokens(folder), settings.listen.requests_per_minute)
        serve(app, settings.listen, folder, ready)
    return 0
