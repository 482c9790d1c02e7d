# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real node for tests: anvil, a developer node whose blocks are made when it is told to."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from eth_account import Account as EthAccount

from inspector.config.ledger import EvmSettings, NodeSettings
from inspector.evidence.keys import key_fingerprint
from ledger_anchor.evm.build import anvil
from ledger_anchor.evm.chain import Account, Chain
from ledger_anchor.evm.model import Fees
from ledger_anchor.evm.owner import deploy_data

CHAIN_ID = 31_337
STARTS_WITHIN_S = 20
PASSPHRASE = "only for tests"
RICH = 10**20
_CHEAP = {"kdf": "pbkdf2", "iterations": 1}
GAS = 500_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Node:
    """A running anvil. Every transaction makes a block at once unless `mining` is off."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        self._options = options
        self.port = port or free_port()
        self.http = httpx.Client(trust_env=False, timeout=10)
        self._ids = itertools.count(1)
        self.at_once = "--no-mining" not in options
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(anvil()), "--port", str(self.port), "--silent", "--accounts", "1", *self._options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                self.ask("eth_chainId")
                return
            except httpx.HTTPError:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.process.kill()
                    raise AssertionError(f"anvil did not start: {self.process.communicate()[1]!r}") from None
                time.sleep(0.01)

    def stop(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        else:
            self.process.terminate()  # it writes its state then
        self.process.communicate(timeout=STARTS_WITHIN_S)

    def close(self) -> None:
        self.stop(kill=True)
        self.http.close()

    def ask(self, method: str, *params: object) -> Any:
        question = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self.http.post(self.url, json=question).json()
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks: int = 1) -> None:
        self.ask("anvil_mine", hex(blocks))

    def mining(self, on: bool) -> None:
        self.ask("evm_setAutomine", on)
        self.at_once = on

    def receipt(self, transaction: str) -> dict[str, Any]:
        """Of a transaction that gets into a block at once, which happens just after it was taken."""
        until = time.monotonic() + STARTS_WITHIN_S
        while (receipt := self.ask("eth_getTransactionReceipt", transaction)) is None:
            assert time.monotonic() < until, "no block was made"
            time.sleep(0.001)
        return dict(receipt)

    @property
    def height(self) -> int:
        return int(self.ask("eth_blockNumber"), 16)

    def waiting(self) -> list[dict[str, Any]]:
        """Transactions that are in no block yet."""
        pool = self.ask("txpool_content")
        return [one for part in ("pending", "queued") for sent in pool[part].values() for one in sent.values()]


@contextmanager
def running_node(*options: str) -> Iterator[Node]:
    node = Node(*options)
    try:
        yield node
    finally:
        node.close()


def _no_one() -> str:
    """A certificate to trust for nothing: the system's 140 take 25 ms to read, for each connection."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "no one")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(start).not_valid_after(start.replace(year=2100)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode("ascii")


class Registry:
    """A contract of its own on a node, with an owner, for one test."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.folder = node, folder
        self._accounts = itertools.count(1)
        self.owner_file, self.owner = self.account()
        self.address = self.deploy()
        roots = folder / "roots.pem"
        roots.write_text(_no_one())
        self.node_settings = NodeSettings(url=node.url, chain_id=CHAIN_ID, contract=self.address, ca_file=str(roots))
        self.chain = Chain(self.node_settings)

    def close(self) -> None:
        self.chain.close()

    def account(self) -> tuple[Path, Account]:
        """An account with money and its keystore."""
        path = self.folder / f"account-{next(self._accounts)}.json"
        path.write_text(json.dumps(EthAccount.encrypt(EthAccount.create().key, PASSPHRASE, **_CHEAP)))
        (self.folder / "passphrase").write_text(PASSPHRASE)
        account = Account(path, PASSPHRASE)
        self.node.ask("anvil_setBalance", account.address, hex(RICH))
        return path, account

    def deploy(self) -> str:
        receipt = self.transact(self.owner, deploy_data(self.owner.address), None, gas=3_000_000)
        assert receipt["status"] == "0x1"
        return str(receipt["contractAddress"])

    def transact(self, sender: Account, data: bytes, to: str | None, *, gas: int = GAS) -> dict[str, Any]:
        """Send whatever it is, also what will be refused, and give the receipt."""
        nonce = int(self.node.ask("eth_getTransactionCount", sender.address, "pending"), 16)
        fees = Fees(10**10, 10**9)
        raw, name = sender.sign(chain_id=CHAIN_ID, nonce=nonce, to=to, data=data, gas=gas, fees=fees)
        self.node.ask("eth_sendRawTransaction", "0x" + raw.hex())
        return self.node.receipt(name) if self.node.at_once else {}

    def call(self, sender: Account, function: str, *arguments: object) -> dict[str, Any]:
        return self.transact(sender, self.chain.call_data(function, *arguments), self.address)

    def refused(self, sender: Account, function: str, *arguments: object) -> tuple[str, tuple[object, ...]]:
        """Name and values of the error that a call reverts with, in a dry run and in a block."""
        revert = self.chain.dry_run(sender.address, self.chain.call_data(function, *arguments))
        assert revert is not None, "the contract takes it"
        assert self.call(sender, function, *arguments)["status"] == "0x0"
        return revert.name, revert.values

    def register(self, station: str, public_key: bytes, sender: Account) -> None:
        key = bytes.fromhex(key_fingerprint(public_key))
        assert self.call(self.owner, "register", station, sender.address, key)["status"] == "0x1"

    def settings(self, keystore: Path, **changes: object) -> EvmSettings:
        values: dict[str, Any] = {
            **self.node_settings.model_dump(),
            "kind": "evm",
            "origin": "consortium",
            "keystore_file": str(keystore),
            "passphrase_file": str(self.folder / "passphrase"),
            "poll_s": 0.0,
            "finality": "confirmations",
            "confirmations": 0,
            **changes,
        }
        return EvmSettings(**values)
