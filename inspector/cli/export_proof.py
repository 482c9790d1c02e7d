# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export proof SERIAL`: what the station recorded of one part, in a few kB that show no other part."""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path
from typing import Any

from inspector.cli.export_common import add_common, log_keys, say_recorded, station_key, tell_station, write_file
from inspector.cli.output import Output
from inspector.evidence.keys import key_fingerprint
from inspector.store.proofs import part_proof


def add_parser(things: Any) -> None:
    """Add `proof`."""
    parser = things.add_parser("proof", help="proof of one part for a customer, who checks it without this program")
    parser.add_argument("serial", metavar="SERIAL", help="serial of the part")
    add_common(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to write it (default: SERIAL.proof.json)"
    )
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Write the proof."""
    output = Output(as_json=arguments.json)
    key = station_key(arguments)
    serial = unicodedata.normalize("NFC", arguments.serial)
    data = part_proof(arguments.station, serial, key, log_keys(arguments))
    target = arguments.output or Path(f"{safe_name(serial)}.proof.json")
    digest = write_file(target, data)
    record = tell_station(arguments.station, "proof", f"serial {serial}", target, watched=arguments.watched)
    output.document({"file": str(target), "size": len(data), "sha256": digest, "serial": serial, "record": record})
    output.say(f"{target}: {len(data)} bytes, proof of part {serial}")
    output.say(f"Fingerprint of the station's key, which the recipient needs from elsewhere: {key_fingerprint(key)}")
    say_recorded(record, output)
    return 0


def safe_name(text: str) -> str:
    """A serial or lot as part of a file's name."""
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text).strip(".")
    return kept[:80] or "part"
