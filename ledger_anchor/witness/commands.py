# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger witness`: make and run a witness."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from ledger_anchor.passphrase import ask_passphrase
from ledger_anchor.web.serve import serve
from ledger_anchor.witness.folder import create_witness, read_witness
from ledger_anchor.witness.server import witness_app


def add_parsers(actions: Any) -> None:
    """Add `witness` with its own actions."""
    parser = actions.add_parser("witness", help="watch that logs only grow, and cosign their checkpoints")
    own = parser.add_subparsers(metavar="ACTION", required=True)
    make = own.add_parser("init", help="make the folder of a witness with a key of its own")
    make.add_argument("folder", type=Path, metavar="DIR", help="folder of the witness")
    make.add_argument("--name", required=True, metavar="NAME", help="name of its key, such as qa.example.com/witness")
    make.add_argument("--log", action="append", required=True, metavar="VKEY", help="key of a log to watch (log.vkey)")
    make.set_defaults(run=_init)
    run = own.add_parser("run", help="answer logs until told to end")
    run.add_argument("folder", type=Path, metavar="DIR", help="folder of the witness")
    run.set_defaults(run=_run)
    for action in (make, run):
        action.add_argument("--passphrase-file", type=Path, metavar="FILE", help="passphrase of its key; else asked")
        add_json(action)


def _init(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    passphrase = ask_passphrase(arguments.passphrase_file, "the witness", new=True)
    key = create_witness(arguments.folder, arguments.name, arguments.log, passphrase)
    output.document({"name": key.name, "vkey": key.vkey()})
    output.say(f"Witness {key.name} in {arguments.folder}. Its line for policies:")
    output.say(f"witness NAME {key.vkey()} URL")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    folder = read_witness(arguments.folder)
    file = arguments.passphrase_file
    if file is None and folder.settings.passphrase_file:
        file = folder.path / folder.settings.passphrase_file
    witness, state = folder.open(ask_passphrase(file, "the witness"))

    def ready(url: str) -> None:
        output.document({"url": url, "vkey": folder.key.vkey(), "logs": [key.name for key in folder.logs]})
        output.say(f"Witness {folder.key.name} answers at {url}; it watches {len(folder.logs)} logs. Ctrl+C ends it.")

    try:
        app = witness_app(witness, folder.settings.listen.requests_per_minute)
        serve(app, folder.settings.listen, folder.path, ready)
    finally:
        state.close()
    return 0
