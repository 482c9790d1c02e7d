# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger evm` on a real node: from an empty chain to a station that writes, moves and is revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import main
from inspector.evidence.keys import key_fingerprint
from ledger_anchor.evm import owner
from ledger_anchor.evm.driver import EvmLedger
from tests.evm_node import CHAIN_ID, PASSPHRASE, Node, Registry, running_node
from tests.unit.test_directory_log import KEY, Shop


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running_node() as running:
        yield running


class Shell:
    """Runs `inspector ledger evm ... --json` and reads its answer."""

    def __init__(self, node: Node, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.node, self.folder, self._capsys = node, folder, capsys
        self.registry = Registry(node, folder)
        self.pay = ["--keystore", self.registry.owner_file, "--passphrase-file", folder / "passphrase"]
        self.at = ["--url", node.url, "--chain-id", CHAIN_ID, "--confirmations", 0]

    def run(self, *words: object, code: int = 0) -> dict[str, Any]:
        assert main([str(word) for word in ("ledger", "evm", *words, "--json")]) == code
        return dict(json.loads(self._capsys.readouterr().out))

    def say(self, *words: object) -> str:
        assert main([str(word) for word in ("ledger", "evm", *words)]) == 0
        return " ".join(self._capsys.readouterr().out.split())


@pytest.fixture
def shell(node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    made = Shell(node, tmp_path, capsys)
    (tmp_path / "station.pub").write_text(KEY.public_key.hex() + "\n")
    yield made
    made.registry.close()


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "POLL_S", 0.001)


def test_from_an_empty_chain_to_a_station_that_writes(shell: Shell) -> None:
    made = shell.run("deploy", *shell.at, *shell.pay)
    place = [*shell.at, "--contract", made["contract"]]
    keystore, account = shell.registry.account()
    words = ["--station", "press-7", "--sender", account.address, "--key", shell.folder / "station.pub"]
    assert shell.run("register", *place, *shell.pay, *words)["contract"] == made["contract"]
    shop = Shop("press-7")
    settings = shell.registry.settings(keystore, contract=made["contract"])
    ledger = EvmLedger(settings)
    documents = [shop.close(), shop.close()]
    for document in documents:
        while ledger.submit(document) is None:
            pass
    ledger.close()
    known = shell.run("show", *place, "--station", "press-7")
    assert (known["size"], known["owner"]) == (2, shell.registry.owner.address)
    station = known["station"]
    assert (station["open_shift"], station["sender"], station["revoked"]) == (3, account.address, False)
    assert station["keys"] == [{"after": -1, "shift": 1, "fingerprint": key_fingerprint(KEY.public_key)}]
    assert [(e["index"], e["kind"], e["digest"]) for e in station["entries"]] == [
        (number, "seal", document.digest) for number, document in enumerate(documents)
    ]
    said = shell.say("show", *place, "--station", "press-7")
    assert "2 entries" in said
    assert "ask your own" in said


def test_a_station_moves_to_another_account_and_is_revoked(shell: Shell) -> None:
    place = [*shell.at, "--contract", shell.registry.address, *shell.pay, "--station", "press-7"]
    account, other = shell.registry.account()[1], shell.registry.account()[1]
    shell.run("register", *place, "--sender", account.address, "--key", shell.folder / "station.pub")
    shell.run("rotate", *place, "--sender", other.address)
    show = ["show", *shell.at, "--contract", shell.registry.address, "--station", "press-7"]
    assert shell.run(*show)["station"]["sender"] == other.address
    shell.run("revoke", *place)
    station = shell.run(*show)["station"]
    assert (station["revoked"], station["revoked_from"]) == (True, 0)
    refused = shell.run("revoke", *place, code=1)
    assert refused["error"]["code"] == "LEDGER_REFUSED"


def test_the_call_for_a_wallet_with_several_signatures_is_the_one_that_would_be_sent(shell: Shell) -> None:
    account = shell.registry.account()[1]
    words = ["--station", "press-7", "--sender", account.address, "--key", shell.folder / "station.pub"]
    call = shell.run("register", *shell.at, "--contract", shell.registry.address, *words)
    assert call["to"] == shell.registry.address
    receipt = shell.registry.transact(shell.registry.owner, bytes.fromhex(call["data"][2:]), call["to"])
    assert receipt["status"] == "0x1"
    wallet = "0x" + "5" * 40
    made = shell.run("deploy", *shell.at, "--owner", wallet)
    receipt = shell.registry.transact(shell.registry.owner, bytes.fromhex(made["data"][2:]), made["to"], gas=3_000_000)
    place = ["--contract", receipt["contractAddress"]]
    assert shell.run("show", *shell.at, *place)["owner"] == wallet


def test_what_is_not_allowed_or_not_there_is_told(shell: Shell) -> None:
    place = [*shell.at, "--contract", shell.registry.address]
    stranger, _ = shell.registry.account()
    strange = ["--keystore", stranger, "--passphrase-file", shell.folder / "passphrase"]
    refused = shell.run("revoke", *place, *strange, "--station", "press-7", code=1)["error"]
    assert "only the owner" in refused["message"]
    for words in (
        ["show", *place, "--station", "press-9"],
        ["show", *place, "--station", "no such name"],
        ["rotate", *place, *shell.pay, "--station", "press-7", "--sender", "0x1"],
        ["deploy", *shell.at],
        ["show", "--url", "ftp://x", "--chain-id", 1, "--contract", shell.registry.address],
    ):
        assert shell.run(*words, code=3)["error"]["code"] == "CONFIG"
    wrong = ["show", "--url", shell.node.url, "--chain-id", 1, "--contract", shell.registry.address]
    assert shell.run(*wrong, code=1)["error"]["code"] == "LEDGER_INCONSISTENT"


def test_an_account_is_made_with_its_keystore(shell: Shell) -> None:
    file = shell.folder / "new.json"
    made = shell.run("account", file, "--passphrase-file", shell.folder / "passphrase")
    keystore = json.loads(file.read_text())
    assert (keystore["address"].lower(), keystore["crypto"]["kdf"]) == (made["address"][2:], "scrypt")
    assert PASSPHRASE not in file.read_text()


def test_a_transaction_that_gets_into_no_block_is_told(shell: Shell) -> None:
    shell.node.mining(False)
    try:
        place = [*shell.at, "--contract", shell.registry.address, *shell.pay, "--wait-s", 0, "--station", "press-7"]
        account = shell.registry.account()[1]
        words = ["--sender", account.address, "--key", shell.folder / "station.pub"]
        assert "no block" in shell.run("register", *place, *words, code=1)["error"]["message"]
        assert "waits for its block" in shell.run("register", *place, *words, code=1)["error"]["message"]
        shell.node.mine()
        assert shell.run("show", *shell.at, "--contract", shell.registry.address, "--station", "press-7")["station"]
    finally:
        shell.node.mining(True)
