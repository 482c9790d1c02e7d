# SPDX-License-Identifier: AGPL-3.0-or-later
"""The node of a chain that `inspector verify` asks: brought by another package, reached through an entry point."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

from inspector.errors import ConfigError
from inspector.evidence.verify.contracts import Contract, ContractNode

GROUP = "inspector.contract_nodes"


def add_node(parser: Any) -> None:
    """Add the options."""
    words = "JSON-RPC address of a node of yours, for the contract that the policy names (evm)"
    parser.add_argument("--evm-node", default="", metavar="URL", help=words)
    words = "certificates that the node's must lead to; default: those of the system"
    parser.add_argument("--evm-ca-file", default="", metavar="FILE", help=words)
    parser.add_argument("--evm-token-file", default="", metavar="FILE", help="token that the node asks for")


@contextmanager
def asked_node(arguments: argparse.Namespace, contract: Contract | None) -> Iterator[ContractNode | None]:
    """The node that the options name, until the end of the block; None without `--evm-node`.

    Args:
        arguments: The options.
        contract: What the policy names.

    Raises:
        ConfigError: The options contradict each other or the policy, or what asks nodes is not installed.
    """
    if not arguments.evm_node:
        if arguments.evm_ca_file or arguments.evm_token_file:
            raise ConfigError("--evm-ca-file and --evm-token-file belong to a node", "Give --evm-node, too")
        yield None
        return
    if contract is None:
        raise ConfigError(
            "--evm-node is given, and no policy says which contract counts: what is checked must not choose it",
            "Name chain_id and contract under evm in the policy (docs/formats.md, section 12)",
        )
    found = next(iter(entry_points(group=GROUP)), None)
    if found is None:
        raise ConfigError("No package is installed that can ask a node", "Install the program again, with all packages")
    opened = found.load()(contract, arguments.evm_node, arguments.evm_ca_file, arguments.evm_token_file)
    with opened as node:
        yield node
