# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger`: look into logs, and run those that several parties share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.evidence.rotation import RotationDocument, open_rotation
from inspector.evidence.seal import parse_document
from ledger_anchor.evm import commands as evm
from ledger_anchor.log.admission import read_entry
from ledger_anchor.log.files import read_log
from ledger_anchor.monitor import commands as monitor
from ledger_anchor.server import commands as server
from ledger_anchor.witness import commands as witness


def add_parsers(subparsers: Any) -> None:
    """Add `ledger` with its actions."""
    parser = subparsers.add_parser("ledger", help="logs that hold the seals: look into them, serve them, witness them")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="check the log against its signed checkpoint and list its entries")
    show.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    add_json(show)
    show.set_defaults(run=_show)
    server.add_parsers(actions)
    witness.add_parsers(actions)
    monitor.add_parsers(actions)
    evm.add_parsers(actions)


def _show(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    settings = load_config(arguments.station).ledger
    if settings.kind == "none":
        raise ConfigError("This station has no log of its own", "Look at the one that it shares, where that is kept")
    content = read_log(arguments.station / settings.path)
    entries = [_entry(index, leaf) for index, leaf in enumerate(content.entries)]
    output.document({"origin": content.key.name, "size": len(entries), "checkpoint": content.note, "entries": entries})
    header = ("entry", "kind", "station", "shift", "records", "SHA-256")
    output.table(
        f"Log {content.key.name}",
        header,
        [(e["index"], e["kind"], e["station"], e["shift"], e["count"], str(e["digest"])[:16]) for e in entries],
    )
    output.say(f"{len(entries)} entries fit the signed checkpoint. Not checked: whether others saw the same log.")
    return 0


def _entry(index: int, leaf: bytes) -> dict[str, object]:
    document = read_entry(leaf)
    if isinstance(document, RotationDocument):
        rotation = open_rotation(document.data)
        shift, digest = rotation.first_shift, document.digest
        what = {"kind": "rotation", "station": rotation.station, "shift": shift, "count": 0, "t_us": None}
        return {"index": index, **what, "digest": digest}
    fields = parse_document(document.data)
    return {
        "index": index,
        "kind": fields["type"],
        "station": fields["station"],
        "shift": fields["shift"],
        "count": fields["count"],
        "t_us": fields["t_us"],
        "digest": document.digest,
    }
