# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export`: evidence that leaves the station. Each thing that can be exported is a module of its own."""

from __future__ import annotations

import importlib
from typing import Any

THINGS = ("bundle", "certificate", "proof", "reviews", "verifier")
"""`inspector export NAME` is made by `inspector.cli.export_NAME`."""


def add_parsers(subparsers: Any) -> None:
    """Add `export` with everything that can be exported."""
    parser = subparsers.add_parser("export", help="take evidence out of the station: for a customer, for an auditor")
    things = parser.add_subparsers(metavar="WHAT", required=True)
    for name in THINGS:
        importlib.import_module(f"inspector.cli.export_{name}").add_parser(things)
