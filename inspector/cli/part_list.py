# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes a list of parts as CSV: whole or not at all, so that no cut-off list is taken for a recall."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from inspector.cli.output import Output
from inspector.errors import ConfigError, EvidenceError
from inspector.store.queries.parts import COLUMNS, PartRow

SHOW_EVERY = 500


def write_list(path: Path, rows: Iterator[PartRow], output: Output, *, expected: int | None = None) -> int:
    """Stream rows into a file, with a progress bar.

    Args:
        path: The file; it appears only when the list is complete.
        rows: The parts.
        output: Where progress is shown.
        expected: How many the lookup tables count; None where nobody counted.

    Returns:
        How many parts the list has.

    Raises:
        ConfigError: The file cannot be written.
        EvidenceError: There are more or fewer than expected; no file is left.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    written = 0
    try:
        with output.progress(transient=True) as progress, unfinished.open("w", encoding="utf-8", newline="") as stream:
            task = progress.add_task("List", total=expected, note="")
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for row in rows:
                writer.writerow(row.cells())
                written += 1
                if written % SHOW_EVERY == 0:
                    progress.update(task, completed=written)
        if expected is not None and written != expected:
            message = f"The records name {written} parts, the lookup tables count {expected}"
            raise EvidenceError(message, "Run `inspector verify`: one of them was changed")
        unfinished.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Name a file in a folder of yours") from error
    finally:
        unfinished.unlink(missing_ok=True)
    output.say(f"{path}: {written} parts")
    return written
