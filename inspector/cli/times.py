# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times on the command line: dates and times of day, UTC unless they say otherwise."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime

DAY_S = 86_400


def add_period(parser: argparse.ArgumentParser) -> None:
    """`--from` and `--to`."""
    said = "date or time, UTC if it does not say otherwise: 2026-11-21, 2026-11-21T06:00, 2026-11-21T06:00:00+01:00"
    parser.add_argument("--from", dest="from_s", type=start_of, default=0, metavar="TIME", help=f"from then on; {said}")
    parser.add_argument(
        "--to", dest="to_s", type=end_of, default=2**62, metavar="TIME", help="until then, that day or second included"
    )


def start_of(text: str) -> int:
    """First second of a date or time, UTC, seconds since 1970.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    return int(_parsed(text).timestamp())


def end_of(text: str) -> int:
    """Last second of a date, or the second of a time.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    return start_of(text) + (DAY_S - 1 if _is_date(text) else 0)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parsed(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time such as 2026-11-21T06:00") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
