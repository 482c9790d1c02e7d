# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who gives a command: a staff id, and at a station with users the password too, typed or from a file."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector.cli.control import StationControl
from inspector.errors import ConfigError, LoginNeeded

STAFF_ID = "staff id; records carry a salted commitment only"


def add_person(parser: argparse.ArgumentParser, *, needed: bool = True, words: str = STAFF_ID) -> None:
    """The options; a password is never an argument, where every program of the machine could read it."""
    parser.add_argument("--operator", required=needed, default="", help=words)
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="your password, where the station has users; else it is asked for",
    )


def read_secret(file: Path | None, words: str, *, twice: bool = False) -> str:
    """A password or PIN, from a file or the prompt.

    Raises:
        ConfigError: The file cannot be read, or the two that were typed differ.
    """
    if file is None:
        secret = getpass.getpass(f"{words}: ")
        if twice and secret != getpass.getpass("The same again: "):
            raise ConfigError("the two differ", "Try again")
        return secret
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read", "Check the path") from error


def login_needed(control: StationControl) -> bool:
    """Whether the station has users."""
    return bool(control.request("status")["access"]["required"])


@contextmanager
def signed_in(control: StationControl, arguments: argparse.Namespace) -> Iterator[str]:
    """Logged in for as long as the block lasts, where that is needed.

    Yields:
        The password; empty at a station without users.

    Raises:
        LoginRefused: Staff id and password do not fit.
    """
    if not login_needed(control):
        yield ""
        return
    secret = read_secret(arguments.password_file, f"Password of {arguments.operator}")
    control.session = control.request("login", person=arguments.operator, secret=secret)["session"]
    try:
        yield secret
    finally:
        with suppress(LoginNeeded):  # it may have been idle for too long
            control.request("logout")
        control.session = None
