# SPDX-License-Identifier: AGPL-3.0-or-later
"""The newest ledger checkpoint for `shift-open`: the shift cannot have been made up before it existed."""

from __future__ import annotations

import logging
from pathlib import Path

from inspector.errors import EvidenceError
from inspector.evidence.note import open_checkpoint, parse_vkey

log = logging.getLogger(__name__)


def ledger_checkpoint(ledger: Path) -> dict[str, object] | None:
    """The field `ledger_checkpoint` of a `shift-open` record.

    Args:
        ledger: Folder of the embedded log.

    Returns:
        Origin, size and root; None while the log has no checkpoint, or when it cannot be read, which is logged: an
        unreachable ledger never keeps a shift from being opened.
    """
    try:
        key = parse_vkey((ledger / "log.vkey").read_text(encoding="utf-8").strip())
        checkpoint = open_checkpoint((ledger / "checkpoint").read_bytes(), key)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, EvidenceError) as error:
        log.error("the ledger's checkpoint cannot be used: %s", error)
        return None
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
