# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector openapi`: what the api understands and answers, for integrators; no station is needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from inspector.cli.export_common import write_file
from inspector.cli.output import Output, add_json


def add_parsers(subparsers: Any) -> None:
    """Add `openapi`."""
    parser = subparsers.add_parser("openapi", help="print the OpenAPI document of the api; no station is needed")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there instead")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the document."""
    from inspector.api.openapi import openapi_text  # the web framework takes half a second to load

    text = openapi_text()
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    output = Output(as_json=arguments.json)
    digest = write_file(arguments.output, text.encode())
    output.document({"file": str(arguments.output), "sha256": digest})
    output.say(f"The OpenAPI document is in {arguments.output}.")
    return 0
