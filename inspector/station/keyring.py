# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unlocks the signing key: from a credential file at the start, or by a command from the prompt."""

from __future__ import annotations

import logging
from pathlib import Path

from inspector.child import Child
from inspector.errors import ConfigError, EvidenceError
from inspector.evidence.keys import load_key
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)


def unlock(station: Path, key_file: str, passphrase: str, writer: RecordWriter) -> int:
    """Open the key file and hand the key to the writer, which signs what has waited for it.

    Returns:
        Number of seals that were signed now.

    Raises:
        PassphraseWrong: The passphrase does not open the file.
        EvidenceError: The file is damaged, missing, or the key of another station.
    """
    return writer.unlock(load_key(station / key_file, passphrase)).result()


def unlock_from_file(child: Child, writer: RecordWriter) -> None:
    """Unlock with the credential that the settings name; without one the station starts locked.

    Inspection goes on with a locked key: heads and seals wait, and the status says so.
    """
    settings = child.config.key
    if not settings.passphrase_file:
        log.warning("the signing key is locked; unlock it with `inspector shift unlock`")
        return
    try:
        unlock(child.station, settings.file, read_credential(child.station / settings.passphrase_file), writer)
    except (EvidenceError, ConfigError) as error:
        log.error("the signing key stays locked: %s", error)


def read_credential(path: Path) -> str:
    """The passphrase in a credential file.

    Raises:
        ConfigError: The file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the credential {path} cannot be read: {error}", "Check the path and its mode") from error
