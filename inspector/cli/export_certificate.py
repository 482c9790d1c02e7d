# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export certificate --lot L`: a PDF for people, and the proof that it is a print of."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import unicodedata
from pathlib import Path
from typing import Any

from inspector.certificate.facts import certificate_facts
from inspector.cli.export_common import add_common, log_keys, say_recorded, station_key, tell_station, write_file
from inspector.cli.output import Output
from inspector.errors import ConfigError
from inspector.store.proofs import lot_proof


def add_parser(things: Any) -> None:
    """Add `certificate`."""
    parser = things.add_parser("certificate", help="certificate of a lot as PDF, with the proof of all its parts")
    parser.add_argument("--lot", required=True, metavar="L", help="lot that shifts were opened with")
    add_common(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the certificate, FILE.pdf")
    parser.add_argument(
        "--proof", type=Path, metavar="FILE", help="where the proof goes (default: beside it, FILE.proof.json)"
    )
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Write proof and certificate."""
    output = Output(as_json=arguments.json)
    if importlib.util.find_spec("reportlab") is None:
        raise ConfigError(
            "reportlab is missing: no PDF", "Install it with: pip install 'inspector-station[certificate]'"
        )
    from inspector.certificate.page import certificate_pdf  # only here, because it may be missing

    lot = unicodedata.normalize("NFC", arguments.lot)
    target = arguments.proof or arguments.output.with_suffix(".proof.json")
    if target.absolute() == arguments.output.absolute():
        raise ConfigError("Certificate and proof would be one file", "Give them different names")
    key = station_key(arguments)
    proof = lot_proof(arguments.station, lot, key, log_keys(arguments))
    facts = certificate_facts(proof, key, target.name, hashlib.sha256(proof).hexdigest())
    write_file(target, proof)
    digest = write_file(arguments.output, certificate_pdf(facts))
    told = [
        tell_station(arguments.station, what, f"lot {lot}", file, watched=arguments.watched)
        for what, file in (("proof", target), ("certificate", arguments.output))
    ]
    document = {"certificate": str(arguments.output), "sha256": digest, "proof": str(target), "lot": lot}
    output.document({**document, "record": told[-1]})
    output.say(f"{arguments.output}: certificate of lot {lot}")
    output.say(f"{target}: {len(proof)} bytes, the proof; give both away, with the page verify.html")
    say_recorded(told[-1], output)
    return 0
