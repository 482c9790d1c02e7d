# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export verifier`: the page that customers check proofs with."""

from __future__ import annotations

import argparse
from importlib import resources
from pathlib import Path
from typing import Any

from inspector.cli.export_common import write_file
from inspector.cli.output import Output, add_json

PAGE = "verify.html"


def add_parser(things: Any) -> None:
    """Add `verifier`."""
    parser = things.add_parser("verifier", help="the page verify.html, which checks proofs in a browser, offline")
    parser.add_argument("-o", "--output", type=Path, default=Path(PAGE), metavar="FILE", help=f"default: {PAGE}")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the page and tell its hash."""
    output = Output(as_json=arguments.json)
    data = resources.files("inspector.auditor").joinpath(PAGE).read_bytes()
    digest = write_file(arguments.output, data)
    output.document({"file": str(arguments.output), "sha256": digest})
    output.say(f"{digest}  {arguments.output}")
    output.say("Recipients compare this SHA-256 with the one published with the release (docs/customer.md).")
    return 0
