# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way to what needs the optional extra `timestamp`: loaded when it is asked for, and missed with advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.config.ledger import TsaSettings
from inspector.errors import ConfigError

if TYPE_CHECKING:
    from ledger_anchor.timestamp.driver import TsaLedger


def open_tsa_ledger(settings: TsaSettings) -> TsaLedger:
    """A time stamp authority as the ledger of a station.

    Raises:
        ConfigError: The extra is not installed, or a file of the settings is missing or no good.
    """
    try:
        from ledger_anchor.timestamp.driver import TsaLedger
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"Time stamps need the package {error.name}, which is not installed",
            "Install the extra: pip install 'inspector-station[timestamp]'",
        ) from error
    return TsaLedger(settings)
