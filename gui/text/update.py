# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m gui.text.update`: puts new texts into the files of translations, and takes old ones out."""

from __future__ import annotations

import sys
from pathlib import Path

from gui.text import CONTEXT, station_sources
from gui.text.catalogue import NAMES, Message, read_messages, write_messages
from gui.text.sources import texts

HERE = Path(__file__).parent
CONTEXTS = (CONTEXT, station_sources.CONTEXT)
"""Whose texts have a source in the code; codes have none."""


def update(folder: Path, language: str) -> list[Message]:
    """Bring the files of a language up to what the code says.

    Returns:
        What nobody has translated yet.
    """
    wanted = texts()
    every = {message.key for messages in wanted.values() for message in messages}
    files = {path.stem: read_messages(path) for path in sorted(folder.glob("*.ts"))}
    kept: dict[str, list[Message]] = {
        name: [message for message in messages if message.context not in CONTEXTS or message.key in every]
        for name, messages in files.items()
    }
    known = {message.key for messages in kept.values() for message in messages}
    for package, messages in wanted.items():
        kept.setdefault(package, []).extend(message for message in messages if message.key not in known)
    for name, messages in kept.items():
        if messages != files.get(name):
            write_messages(folder / f"{name}.ts", language, messages)
    return [message for messages in kept.values() for message in messages if not message.translation]


if __name__ == "__main__":
    for code in NAMES:
        for missing in update(HERE / code, code):
            sys.stderr.write(f"{code}: {missing.source!r} has no translation\n")
