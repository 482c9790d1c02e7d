# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract on a real node: what it admits, what it refuses with which word, and what that costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_anchor.evm.artefact import ARTEFACT, SOURCE, station_id
from ledger_anchor.evm.build import build
from ledger_anchor.evm.chain import Account
from tests.evm_node import Node, Registry, running_node

HEAD, SEAL = 1, 2
MOST_GAS = 70_000
GAS_OF_A_BYTE = 12
"""A byte of a call that is not zero costs so much more than one that is."""
LARGEST_BYTES = 7
"""Bytes of the largest number that a record may hold, 2^53 - 1."""
KEY, NEXT_KEY = b"\1" * 32, b"\2" * 32
GENESIS = bytes(32)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running_node() as running:
        yield running


@pytest.fixture
def registry(node: Node, tmp_path: Path) -> Iterator[Registry]:
    made = Registry(node, tmp_path)
    yield made
    made.close()


@dataclass
class Writer:
    """A registered station that submits made-up hashes."""

    registry: Registry
    name: str
    account: Account
    shift: int = 1
    first: int = 1
    prev_seal: bytes = GENESIS
    made: int = 0

    @property
    def id(self) -> bytes:
        return station_id(self.name)

    def call(self, kind: int, count: int, **changes: object) -> tuple[object, ...]:
        """Arguments of a submission that fits unless a value is changed."""
        self.made += 1
        digest = hashlib.sha256(f"{self.name} {self.made}".encode()).digest()
        values: dict[str, object] = {
            "station": self.id,
            "kind": kind,
            "shift": self.shift,
            "first": self.first,
            "count": count,
            "prev_seal": self.prev_seal,
            "digest": digest,
            "leaf": hashlib.sha256(digest).digest(),
        }
        assert set(changes) <= set(values)
        return tuple({**values, **changes}.values())

    def submit(self, kind: int, count: int) -> tuple[tuple[object, ...], int]:
        """Submit what fits; its arguments and its gas."""
        arguments = self.call(kind, count)
        receipt = self.registry.call(self.account, "submit", *arguments)
        assert receipt["status"] == "0x1"
        if kind == SEAL:
            self.shift, self.first, self.prev_seal = self.shift + 1, self.first + count, bytes(arguments[6])  # type: ignore[call-overload]
        return arguments, int(receipt["gasUsed"], 16)

    def refused(self, kind: int, count: int, **changes: object) -> tuple[str, tuple[object, ...]]:
        return self.registry.refused(self.account, "submit", *self.call(kind, count, **changes))


def writer(registry: Registry, name: str = "press-7") -> Writer:
    account = registry.account()[1]
    assert registry.call(registry.owner, "register", name, account.address, KEY)["status"] == "0x1"
    return Writer(registry, name, account)


def test_the_artefact_is_what_the_source_compiles_to_byte_for_byte() -> None:
    kept = json.loads(ARTEFACT.read_bytes())
    assert build() == kept
    assert kept["source_sha256"] == hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    assert kept["compiler"].startswith("0.8.37+")


def test_no_code_can_be_changed_and_nothing_can_be_paid_in() -> None:
    kept = json.loads(ARTEFACT.read_bytes())
    assert all(
        item["stateMutability"] != "payable" for item in kept["abi"] if item["type"] in ("function", "constructor")
    )
    assert not {item["type"] for item in kept["abi"]} & {"fallback", "receive"}
    opcodes = set(_opcodes(bytes.fromhex(kept["runtime"])))
    delegatecall, callcode, selfdestruct, create, create2 = 0xF4, 0xF2, 0xFF, 0xF0, 0xF5
    assert not opcodes & {delegatecall, callcode, selfdestruct, create, create2}


def _opcodes(code: bytes) -> Iterator[int]:
    """Instructions up to the end; what follows PUSH is data."""
    place = 0
    while place < len(code):
        yield code[place]
        place += 1 + (code[place] - 0x5F if 0x60 <= code[place] <= 0x7F else 0)


def test_shifts_go_in_with_heads_and_seals_and_events_say_all_of_it(registry: Registry) -> None:
    station = writer(registry)
    for kind, count in ((HEAD, 5), (HEAD, 9), (SEAL, 9), (SEAL, 4), (HEAD, 1), (SEAL, 1)):
        before = registry.chain.state(station.id)
        arguments, _ = station.submit(kind, count)
        (event,) = registry.chain.events(registry.node.height, station.id)
        names = ("station", "kind", "shift", "first", "count", "prevSeal", "digest", "leaf")
        assert tuple(event.values[name] for name in names) == arguments
        assert event.number("index") == registry.chain.size() - 1
        assert before is not None
        assert event.number("previousBlock") == before.last_block
        block = registry.chain.block("latest")
        assert block is not None
        assert event.number("time") == block.time_s
    state = registry.chain.state(station.id)
    assert state is not None
    assert (state.shift, state.first, state.head_count, state.prev_seal) == (4, 15, 0, station.prev_seal)


def test_the_very_same_again_names_its_entry_also_later(registry: Registry) -> None:
    station = writer(registry)
    head, _ = station.submit(HEAD, 3)
    seal, _ = station.submit(SEAL, 3)
    station.submit(HEAD, 1)
    assert registry.refused(station.account, "submit", *head) == ("AlreadyAnchored", (0,))
    assert registry.refused(station.account, "submit", *seal) == ("AlreadyAnchored", (1,))
    assert registry.chain.size() == 3


def test_a_twin_is_refused(registry: Registry) -> None:
    station = writer(registry)
    station.submit(HEAD, 3)
    assert station.refused(HEAD, 3) == ("Twin", (1,))
    station.submit(SEAL, 3)
    assert station.refused(SEAL, 3, shift=1, first=1, prev_seal=GENESIS) == ("Twin", (2,))
    assert station.refused(HEAD, 4, shift=1, first=1, prev_seal=GENESIS) == ("ShiftSealed", (2,))


def test_gap_fork_and_a_chain_that_was_cut_off_are_refused(registry: Registry) -> None:
    station = writer(registry)
    station.submit(SEAL, 3)
    prev = station.prev_seal
    assert station.refused(SEAL, 1, shift=3) == ("Gap", (2,))
    assert station.refused(HEAD, 1, shift=3) == ("Gap", (2,))
    for kind in (HEAD, SEAL):
        assert station.refused(kind, 1, prev_seal=b"\7" * 32) == ("Fork", (4, prev))
        assert station.refused(kind, 1, first=5) == ("Fork", (4, prev))
    station.submit(HEAD, 5)
    assert station.refused(HEAD, 4) == ("CutOff", (5,))
    assert station.refused(SEAL, 4) == ("CutOff", (5,))
    assert station.refused(SEAL, 0) == ("Malformed", ())
    assert station.refused(3, 6) == ("Malformed", ())
    station.submit(SEAL, 5)  # as many as the last head: nothing came after it


def test_only_the_station_itself_writes_and_no_other_can_take_its_place(registry: Registry) -> None:
    station, other = writer(registry), writer(registry, "press-8")
    arguments = station.call(HEAD, 1)
    assert registry.refused(other.account, "submit", *arguments) == ("WrongSender", ())
    assert registry.refused(registry.owner, "submit", *arguments) == ("WrongSender", ())
    # The other one sees a hash that waits for its block and submits it as its own: this takes nobody's place.
    assert registry.call(other.account, "submit", other.id, *arguments[1:])["status"] == "0x1"
    assert registry.call(station.account, "submit", *arguments)["status"] == "0x1"
    unknown = station.call(HEAD, 2, station=station_id("press-9"))
    assert registry.refused(station.account, "submit", *unknown) == ("UnknownStation", ())


def test_the_owner_alone_registers_replaces_and_revokes(registry: Registry) -> None:
    station, stranger = writer(registry), registry.account()[1]
    for function, arguments in (
        ("register", ("press-8", stranger.address, KEY)),
        ("replaceSender", (station.id, stranger.address)),
        ("revoke", (station.id,)),
        ("offerOwnership", (stranger.address,)),
        ("takeOwnership", ()),
    ):
        assert registry.refused(station.account, function, *arguments) == ("NotOwner", ())
    owner, taken = registry.owner, station.account.address
    assert registry.refused(owner, "register", "press-7", stranger.address, KEY) == ("StationExists", ())
    assert registry.refused(owner, "register", "press-8", taken, KEY) == ("SenderTaken", ())
    for malformed in (("", stranger.address, KEY), ("x" * 65, stranger.address, KEY)):
        assert registry.refused(owner, "register", *malformed) == ("Malformed", ())
    assert registry.refused(owner, "register", "x", stranger.address, GENESIS) == ("Malformed", ())
    assert registry.refused(owner, "register", "x", "0x" + "0" * 40, KEY) == ("Malformed", ())
    assert registry.refused(owner, "revoke", station_id("press-9")) == ("UnknownStation", ())


def test_a_new_account_takes_over_and_the_old_one_is_out(registry: Registry) -> None:
    station, account = writer(registry), registry.account()[1]
    station.submit(HEAD, 1)
    replaced = registry.call(registry.owner, "replaceSender", station.id, account.address)
    assert replaced["status"] == "0x1"
    assert station.refused(HEAD, 2) == ("WrongSender", ())
    station.account = account
    station.submit(HEAD, 2)


def test_a_revoked_station_adds_nothing_and_what_it_added_stays(registry: Registry) -> None:
    station = writer(registry)
    seal, _ = station.submit(SEAL, 1)
    assert registry.call(registry.owner, "revoke", station.id)["status"] == "0x1"
    assert station.refused(SEAL, 1) == ("StationRevoked", ())
    rotation = station.id, 2, KEY, NEXT_KEY, b"\3" * 32, b"\4" * 32
    assert registry.refused(station.account, "rotate", *rotation) == ("StationRevoked", ())
    assert registry.refused(registry.owner, "revoke", station.id) == ("StationRevoked", ())
    again = "press-7", registry.account()[1].address, KEY
    assert registry.refused(registry.owner, "register", *again) == ("StationExists", ())
    entry = registry.chain.entry(station.id, bytes(seal[7]))  # type: ignore[call-overload]
    assert entry is not None
    assert entry.index == 0


def test_a_key_rotates_between_shifts_only_once_and_only_from_the_one_in_force(registry: Registry) -> None:
    station = writer(registry)
    station.submit(SEAL, 1)

    def rotation(shift: int = 2, old: bytes = KEY, new: bytes = NEXT_KEY, mark: int = 5) -> tuple[object, ...]:
        return station.id, shift, old, new, bytes([mark]) * 32, bytes([mark + 1]) * 32

    account = station.account
    assert registry.refused(account, "rotate", *rotation(old=b"\x0f" * 32)) == ("KeyNotInForce", (KEY,))
    assert registry.refused(account, "rotate", *rotation(shift=3)) == ("Gap", (2,))
    assert registry.refused(account, "rotate", *rotation(shift=1)) == ("ShiftSealed", (2,))
    assert registry.refused(account, "rotate", *rotation(new=KEY)) == ("Malformed", ())
    assert registry.refused(account, "rotate", *rotation(new=GENESIS)) == ("Malformed", ())
    assert registry.call(account, "rotate", *rotation())["status"] == "0x1"
    assert registry.refused(account, "rotate", *rotation()) == ("AlreadyAnchored", (1,))
    assert registry.refused(account, "rotate", *rotation(old=NEXT_KEY, new=KEY, mark=9)) == ("Twin", (2,))
    station.submit(HEAD, 1)
    station.submit(SEAL, 1)
    station.submit(HEAD, 2)
    late = rotation(shift=3, old=NEXT_KEY, new=KEY, mark=9)
    assert registry.refused(account, "rotate", *late) == ("HeadBefore", (2,))
    state = registry.chain.state(station.id)
    assert state is not None
    assert state.key == NEXT_KEY


def test_the_contract_changes_hands_only_if_the_next_owner_takes_it(registry: Registry) -> None:
    heir = registry.account()[1]
    assert registry.call(registry.owner, "offerOwnership", heir.address)["status"] == "0x1"
    assert registry.chain.owner() == registry.owner.address
    assert registry.call(heir, "takeOwnership")["status"] == "0x1"
    assert registry.chain.owner() == heir.address
    assert registry.refused(registry.owner, "offerOwnership", heir.address) == ("NotOwner", ())


def test_an_anchor_costs_at_most_70_000_gas_however_large_its_numbers_are(registry: Registry) -> None:
    station = writer(registry)
    station.submit(HEAD, 1)
    station.submit(SEAL, 1)  # the first ones write where nothing was
    gas = {kind: station.submit(kind, 1)[1] for kind in (HEAD, SEAL)}
    more = 3 * (LARGEST_BYTES - 1) * GAS_OF_A_BYTE  # shift, first and count, of one byte here
    assert max(gas.values()) + more <= MOST_GAS
