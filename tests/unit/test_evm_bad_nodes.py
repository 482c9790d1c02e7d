# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nodes that are slow, busy, behind or wrong; keystores; and that no message holds a secret."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account as EthAccount
from pydantic import ValidationError

from inspector.config.ledger import EvmSettings, NodeSettings
from inspector.errors import ConfigError, FormatInvalid, LedgerInconsistent, LedgerUnreachable, PassphraseWrong
from ledger_anchor.evm.artefact import artefact
from ledger_anchor.evm.chain import Account, Chain, create_account
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.extra import open_chain, open_evm_ledger
from ledger_anchor.evm.model import Block, Fees, Outcome
from ledger_anchor.evm.proof import EvmProof, parse_proof
from ledger_anchor.evm.sender import Sender
from tests.evm_node import PASSPHRASE
from tests.unit.test_directory_log import Shop

CONTRACT = "0x" + "ab" * 20
SECRET_PATH = "/v3/0123456789-secret-of-the-node"


class Answers:
    """A server that answers each method as a test says: a result, an exception class, or HTTP status and body."""

    def __init__(self) -> None:
        self.results: dict[str, object] = {
            "eth_chainId": "0x1",
            "eth_syncing": False,
            "eth_getCode": "0x" + artefact().runtime.hex(),
        }
        self.raw: tuple[int, bytes] | None = None
        self.wait = threading.Event()
        self.hang = False
        self.headers: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.headers.append(self.headers["Authorization"])
                if outer.hang:
                    outer.wait.wait(20)
                    return
                status, body = outer.raw or (200, outer.answer(question))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, question: dict[str, Any]) -> bytes:
        result = self.results[question["method"]]
        body = {"jsonrpc": "2.0", "id": question["id"]}
        body |= {"error": result["error"]} if isinstance(result, dict) and "error" in result else {"result": result}
        return json.dumps(body).encode()

    def settings(self, **changes: object) -> NodeSettings:
        url = f"http://127.0.0.1:{self.server.server_address[1]}{SECRET_PATH}"
        return NodeSettings(**{"url": url, "chain_id": 1, "contract": CONTRACT, "timeout_s": 1, **changes})  # type: ignore[arg-type]

    def close(self) -> None:
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.close()


@pytest.fixture
def chain(answers: Answers) -> Iterator[Chain]:
    made = Chain(answers.settings())
    yield made
    made.close()


def unreachable(chain: Chain, words: str) -> None:
    with pytest.raises(LedgerUnreachable, match=words) as told:
        chain.check_identity()
    error: BaseException | None = told.value
    while error is not None:
        assert "secret" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_node_that_hangs_is_given_up_in_time(answers: Answers, chain: Chain) -> None:
    answers.hang = True
    begin = time.monotonic()
    unreachable(chain, "does not answer")
    assert time.monotonic() - begin < 15  # of the 20 s that it would hang


def test_a_node_that_is_away_is_told_without_its_address(answers: Answers) -> None:
    chain = Chain(answers.settings(url=f"http://127.0.0.1:9{SECRET_PATH}"))
    unreachable(chain, "127.0.0.1:9 does not answer")
    chain.close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (429, b"", "wants fewer requests"),
        (503, b"", "HTTP status 503"),
        (200, b"<html>", "answers nonsense"),
        (200, b'{"jsonrpc": "2.0", "id": 0}', "answers nonsense|says"),
        (200, b"[" * 100_000, "answers nonsense"),
        (200, b" " * 5_000_001, "more than 5000000 bytes"),
    ],
)
def test_an_answer_that_is_none_is_told(answers: Answers, chain: Chain, status: int, body: bytes, words: str) -> None:
    answers.raw = status, body
    unreachable(chain, words)


def test_a_node_that_limits_requests_is_told(answers: Answers, chain: Chain) -> None:
    answers.results["eth_chainId"] = {"error": {"code": -32005, "message": "limit exceeded"}}
    unreachable(chain, "wants fewer requests")


def test_a_node_that_catches_up_is_waited_for(answers: Answers, chain: Chain) -> None:
    answers.results["eth_syncing"] = {"startingBlock": "0x0", "currentBlock": "0x10", "highestBlock": "0x100"}
    unreachable(chain, "still catching up")


def test_a_chain_without_final_blocks_is_told_with_advice(answers: Answers, chain: Chain) -> None:
    answers.results["eth_getBlockByNumber"] = {"error": {"code": -39001, "message": "Unknown block"}}
    with pytest.raises(LedgerUnreachable) as told:
        chain.final_number()
    assert "finality" in told.value.advice


def test_blocks_of_a_consortium_chain_are_read(answers: Answers, chain: Chain) -> None:
    answers.results["eth_getBlockByNumber"] = {
        "number": "0x10",
        "hash": "0x" + "11" * 32,
        "timestamp": "0x5",
        "extraData": "0x" + "22" * 200,  # the validators and their seals, as QBFT has them
    }
    assert chain.block("latest") == Block(16, "0x" + "11" * 32, 5, None)


def test_a_token_goes_along_and_into_no_message(answers: Answers, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    chain = Chain(answers.settings(token_file=str(tmp_path / "token")))
    chain.check_identity()
    assert set(answers.headers) == {"Bearer secret-token"}
    answers.raw = 401, b"secret-token is not known"
    unreachable(chain, "HTTP status 401")
    chain.close()


def test_a_replaced_node_is_looked_at_again(answers: Answers, tmp_path: Path) -> None:
    ledger = EvmLedger(evm_settings(answers, tmp_path))
    shop = Shop()
    for method in ("eth_getTransactionCount", "eth_call"):
        answers.results[method] = {"error": {"code": 1, "message": "the node is going down"}}
    for _ in range(2):
        with pytest.raises(LedgerUnreachable, match="going down"):
            ledger.submit(shop.close())
    answers.results["eth_chainId"] = "0x2"
    with pytest.raises(LedgerInconsistent, match="chain 2"):
        ledger.submit(shop.close())
    ledger.close()


def evm_settings(answers: Answers, folder: Path) -> EvmSettings:
    (folder / "passphrase").write_text(PASSPHRASE)
    (folder / "account.json").write_text(keystore())
    return EvmSettings(
        **answers.settings().model_dump(),
        kind="evm",
        origin="consortium",
        keystore_file=str(folder / "account.json"),
        passphrase_file=str(folder / "passphrase"),
    )


def keystore(key: bytes = b"\1" * 32) -> str:
    return json.dumps(EthAccount.encrypt(key, PASSPHRASE, kdf="pbkdf2", iterations=1))


def test_a_keystore_is_made_once_for_its_owner_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    # Its own scrypt takes a second each time.
    monkeypatch.setattr(EthAccount, "encrypt", partial(EthAccount.encrypt, kdf="pbkdf2", iterations=1))
    path = tmp_path / "account.json"
    address = create_account(path, PASSPHRASE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Account(path, PASSPHRASE).address == address
    with pytest.raises(ConfigError, match="there already"):
        create_account(path, PASSPHRASE)
    with pytest.raises(PassphraseWrong):
        Account(path, "another")
    key = EthAccount.decrypt(json.loads(path.read_text()), PASSPHRASE).hex()
    assert PASSPHRASE not in caplog.text
    assert key not in caplog.text
    assert key not in repr(vars(Account(path, PASSPHRASE)))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"crypto": 3}', '{"version": 3, "crypto": {}}'])
def test_a_file_that_is_no_keystore_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "account.json"
    path.write_text(content)
    with pytest.raises(ConfigError):
        Account(path, PASSPHRASE)
    with pytest.raises(ConfigError):
        Account(tmp_path / "missing.json", PASSPHRASE)


class FakeNode:
    """A chain without a base fee, which takes what is sent."""

    def __init__(self) -> None:
        self.latest, self.pending, self.price = 0, 0, 10
        self.sent: list[bytes] = []

    def nonce(self, address: str, tag: str) -> int:
        return self.latest if tag == "latest" else self.pending

    def block(self, which: int | str) -> Block:
        return Block(1, "0x" + "0" * 64, 1, None)

    def gas(self, sender: str, data: bytes, to: str | None) -> int:
        return 50_000

    def gas_price(self) -> int:
        return self.price

    def outcome(self, transaction: str) -> Outcome | None:
        return Outcome(True, 1, "")

    def send(self, raw: bytes) -> None:
        self.sent.append(raw)
        self.pending = self.latest + 1


class Signed:
    """Keeps what it was asked to sign."""

    address = "0x" + "11" * 20

    def __init__(self) -> None:
        self.fees: list[Fees] = []

    def sign(self, *, nonce: int, fees: Fees, **_: object) -> tuple[bytes, str]:
        self.fees.append(fees)
        return bytes([len(self.fees)]), f"0x{nonce}"


@pytest.mark.parametrize(("price", "bumped"), [(10, 13), (0, 1)])
def test_a_chain_without_base_fee_is_paid_its_price_also_if_that_is_nothing(
    answers: Answers, tmp_path: Path, price: int, bumped: int
) -> None:
    node, account, now = FakeNode(), Signed(), [0.0]
    node.price = price
    sender = Sender(node, account, evm_settings(answers, tmp_path), lambda: now[0])  # type: ignore[arg-type]
    sender.push(b"call", sender.next_nonce())
    now[0] = 1000.0
    sender.push(b"call", sender.next_nonce())
    assert account.fees == [Fees(price, None), Fees(bumped, None)]
    assert len(node.sent) == 2


@pytest.mark.parametrize(
    "url",
    ["ftp://node", "http://", "http://user:word@node", "http://node/?key=1", "http://node/#x", "node:8545"],
)
def test_an_address_with_secrets_in_the_wrong_place_is_no_setting(url: str) -> None:
    with pytest.raises(ValidationError):
        NodeSettings(url=url, chain_id=1, contract=CONTRACT)


def test_settings_find_their_files_beside_them(answers: Answers, tmp_path: Path) -> None:
    settings = evm_settings(answers, tmp_path).model_copy(update={"keystore_file": "account.json", "ca_file": ""})
    assert settings.beside(tmp_path).keystore_file == str(tmp_path / "account.json")
    assert settings.beside(tmp_path).ca_file == ""
    assert NodeSettings(url="http://n", chain_id=1, contract="0x" + "AB" * 20).contract == CONTRACT


def test_what_needs_the_extra_says_so_without_it(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, chain = open_evm_ledger(evm_settings(answers, tmp_path)), open_chain(answers.settings())
    ledger.close()
    chain.close()
    monkeypatch.setitem(__import__("sys").modules, "ledger_anchor.evm.chain", None)
    with pytest.raises(ConfigError, match="not installed"):
        open_chain(answers.settings())


PROOF = EvmProof(31337, CONTRACT, 7, "0x" + "1" * 64, "0x" + "2" * 64, 0, 5)


def test_a_proof_has_one_spelling() -> None:
    text = PROOF.text()
    assert parse_proof(text) == PROOF
    value = json.loads(text)
    wrong: list[dict[str, object]] = [
        {**value, "v": 2},
        {**value, "v": True},
        {**value, "more": 1},
        {**value, "index": -1},
        {**value, "index": True},
        {**value, "index": "5"},
        {**value, "block_number": 2**53},
        {**value, "contract": "0x" + "AB" * 20},
        {**value, "block_hash": "1" * 64},
        {**value, "transaction": "0x" + "2" * 63},
        {name: item for name, item in value.items() if name != "log_index"},
    ]
    for one in wrong:
        with pytest.raises(FormatInvalid):
            parse_proof(json.dumps(one, sort_keys=True, separators=(",", ":")))
    for text in ("", "[]", PROOF.text() + " "):
        with pytest.raises(FormatInvalid):
            parse_proof(text)
