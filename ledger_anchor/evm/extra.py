# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way to what needs the optional extra `evm`: loaded when it is asked for, and missed with a word of advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.config.ledger import EvmSettings, NodeSettings
from inspector.errors import ConfigError

if TYPE_CHECKING:
    from types import ModuleType

    from ledger_anchor.evm.chain import Chain
    from ledger_anchor.evm.driver import EvmLedger


def open_chain(settings: NodeSettings) -> Chain:
    """A contract through a node, for reading.

    Raises:
        ConfigError: The extra is not installed, or a file of the settings is missing.
    """
    chain_module()
    from ledger_anchor.evm.chain import Chain

    return Chain(settings)


def open_evm_ledger(settings: EvmSettings) -> EvmLedger:
    """A contract as the ledger of a station.

    Raises:
        ConfigError: The extra is not installed, or a file of the settings is missing.
        PassphraseWrong: The passphrase does not open the keystore.
    """
    chain_module()
    from ledger_anchor.evm.driver import EvmLedger

    return EvmLedger(settings)


def chain_module() -> ModuleType:
    """The module that imports web3.

    Raises:
        ConfigError: The extra is not installed.
    """
    try:
        import ledger_anchor.evm.chain as module
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"Contracts need the package {error.name}, which is not installed",
            "Install the extra: pip install 'inspector-station[evm]'",
        ) from error
    return module
