# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector gui`. Qt is imported only when the command runs: the station works without it."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.errors import ConfigError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name


def add_parsers(subparsers: Subparsers) -> None:
    """Add the `gui` command."""
    parser = subparsers.add_parser(
        "gui",
        help="show the screens of a running station, or choose one",
        description="Show the screens. They may be started, closed and killed at any time: inspection goes on. Without "
        "--station they ask which one, and offer the simulated station to try it out.",
    )
    parser.add_argument("--station", type=Path, metavar="DIR", help="station directory")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window instead of the whole screen")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a PNG of the window and end")
    parser.add_argument("--after-s", type=float, default=5.0, metavar="N", help="when to write it (default: 5)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="where this screen keeps language and sizes")
    parser.set_defaults(run=_run)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not like 1920x1080") from None


def _run(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("PySide6") is None:
        raise ConfigError("the screens are not installed", "Install them with: pip install 'inspector-station[gui]'")
    from gui.app import Options, run_app

    station: Path | None = arguments.station
    if station is not None and not (station / "station.toml").is_file():
        raise ConfigError(f"{station} is not a station directory", "Make one with `inspector init DIR`")
    return run_app(Options(station, arguments.size, arguments.screenshot, arguments.after_s, arguments.settings))
