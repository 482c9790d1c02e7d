# SPDX-License-Identifier: Apache-2.0
"""The list that attacks enter by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import LOG_VKEY, QUALITY_KEY, STATION, STATION_KEY, Changes, History, Json

POLICY: Json = {
    "station": STATION,
    "station_key": STATION_KEY.public_key.hex(),
    "log_key": LOG_VKEY,
    "bypass_authorities": [QUALITY_KEY.public_key.hex()],
}
"""What the auditor knows in most attacks; not the newest seal, which alone would refuse most of them."""


@dataclass(frozen=True)
class Attack:
    """One asset.

    Attributes:
        name: Of the file.
        what: What was done, in a sentence.
        rule: The rule that refuses it.
        place: Where the finding points, if that is certain; empty otherwise.
        exit_code: 2, or 1 where it is only missing what the policy demands.
        policy: What the auditor knows.
        in_one_file: False where `verify_bundle.py` can only say that it cannot check this (exit code 1).
        build: Makes the bundle.
    """

    name: str
    what: str
    rule: str
    place: str
    exit_code: int
    build: Callable[[], bytes]
    policy: Json = field(default_factory=dict)
    in_one_file: bool = True


ATTACKS: list[Attack] = []


def attack(
    rule: str, place: str = "", *, exit_code: int = 2, policy: Json | None = None, in_one_file: bool = True
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Enter a function that makes a bundle; its name is that of the asset, its docstring says what was done."""

    def enter(build: Callable[[], bytes]) -> Callable[[], bytes]:
        name, what = build.__name__.replace("_", "-"), " ".join(str(build.__doc__).split())
        known = POLICY if policy is None else policy
        ATTACKS.append(Attack(name, what, rule, place, exit_code, build, known, in_one_file))
        return build

    return enter


def honest() -> Pieces:
    """The bundle that nobody touched."""
    return Pieces.of(History().tell())


def changed(**changes: Any) -> bytes:
    """The bundle of a history that somebody with the station's key (and a log that takes all) told otherwise."""
    return Pieces.of(History(Changes(**changes)).tell()).zip()


def lying(kind: str, number: int, **values: Any) -> bytes:
    """The same, where fields of one record are others; a value that can be called gets the old one."""

    def change(of: str, at: int, fields: Json) -> None:
        if (of, at) == (kind, number):
            fields |= {name: value(fields.get(name)) if callable(value) else value for name, value in values.items()}

    return changed(record=change)


def lying_document(kind: str, shift: int, **values: Any) -> bytes:
    """The same for fields of a seal or head."""

    def change(of: str, at: int, fields: Json) -> None:
        if (of, at) == (kind, shift):
            fields |= {name: value(fields.get(name)) if callable(value) else value for name, value in values.items()}

    return changed(document=change)
