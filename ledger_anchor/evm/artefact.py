# SPDX-License-Identifier: AGPL-3.0-or-later
"""The compiled contract as it is kept: code, interface, and how they were made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "contract"
SOURCE = FOLDER / "AnchorRegistry.sol"
ARTEFACT = FOLDER / "AnchorRegistry.json"

KINDS = {"head": 1, "seal": 2}
"""Kinds of entries as the contract writes them."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """What the compiler made.

    Attributes:
        abi: Interface, as JSON has it.
        bytecode: Code that makes the contract.
        runtime: Code that is at the contract's address then.
        compiler: Version of the compiler.
    """

    abi: list[Any]
    bytecode: bytes
    runtime: bytes
    compiler: str


@cache
def artefact() -> Artefact:
    """Read it."""
    content = json.loads(ARTEFACT.read_bytes())
    bytecode, runtime = (bytes.fromhex(content[name]) for name in ("bytecode", "runtime"))
    return Artefact(content["abi"], bytecode, runtime, content["compiler"])


def station_id(name: str) -> bytes:
    """The contract's name of a station: SHA-256 of its name, 32 bytes."""
    return hashlib.sha256(name.encode("utf-8")).digest()
