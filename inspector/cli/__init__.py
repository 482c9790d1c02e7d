# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one command `inspector`. Other packages add subcommands by entry points (`inspector.commands`)."""

from inspector.cli.main import main

__all__ = ["main"]
